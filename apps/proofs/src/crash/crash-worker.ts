import { openSync, writeSync } from "node:fs";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { crashKey, crashRecord, isWhole } from "./crash-record.ts";
import { errorCode } from "../harness/outcome.ts";
import { seededRandom } from "../harness/seeded-random.ts";
import { givenPlan, say } from "../workers/worker-side.ts";

export interface CrashPlan {
  readonly directory: string;
  readonly keyPath: string;
  /** A file of lines: `found 2 17`, `torn 2`, `unreadable 2 store_corrupt`, `writes`, `wrote 2 18`, `overwrote 2`. They outlive the process. */
  readonly notes: string;
  readonly accounts: number;
  readonly seed: number;
}

const plan = givenPlan() as CrashPlan;
const random = seededRandom(plan.seed);
const notes = openSync(plan.notes, "a");
const note = (text: string): void => void writeSync(notes, `${text}\n`);
const store = encrypted(sqliteStore({ directory: plan.directory }), keyFile(plan.keyPath));
await say("begins");

const revisions: number[] = [];
for (let account = 0; account < plan.accounts; account++) {
  try {
    const found = await store.read(crashKey(account));
    revisions.push(found?.revision ?? 0);
    const torn = found !== undefined && !isWhole(account, found);
    note(torn ? `torn ${account}` : `found ${account} ${found?.revision ?? 0}`);
  } catch (error) {
    revisions.push(0);
    note(`unreadable ${account} ${errorCode(error)}`);
  }
}
// What was written is no more written over by who has seen another record.
for (const [account, revision] of revisions.entries()) {
  if (revision === 0) continue;
  const seen = revision + 1;
  if (await store.swap(crashKey(account), seen, crashRecord(account, seen + 1))) note(`overwrote ${account}`);
}
note("writes");
await say("writes");
// Until it is killed.
for (;;) {
  const account = Math.floor(random() * plan.accounts);
  const revision = revisions[account] ?? 0;
  try {
    if (!(await store.swap(crashKey(account), revision, crashRecord(account, revision + 1))))
      throw new Error("the record was changed by nobody");
  } catch (error) {
    note(`unwritable ${account} ${errorCode(error)}`);
    break;
  }
  revisions[account] = revision + 1;
  note(`wrote ${account} ${revision + 1}`);
}
