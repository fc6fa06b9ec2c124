import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TokenStore } from "@x/core";
import {
  openPlannedEngine,
  openPlannedStore,
  type TestAccount,
  type TestAuth,
  type TestPlan,
} from "@x/test-environment";
import { errorCode } from "../harness/outcome.ts";
import { givenPlan, obey } from "../workers/worker-side.ts";

export interface DiskPlan extends TestPlan {
  /** Where the store is moved to and fro. */
  readonly workDirectory: string;
}

/** How the program that used the store last has left it. */
export type Leaving = "closed" | "in use" | "killed";

const plan = givenPlan() as DiskPlan;
const { storeDirectory, workDirectory } = plan;
// Beside the store, on the same disk.
const filler = join(storeDirectory, "filler");
const databaseFiles = ["sessions.db", "sessions.db-wal", "sessions.db-shm"] as const;
let holder: TokenStore | undefined;

const commands = {
  /** A small disk of its own for the store, which only this process and its children see. */
  mount: (megabytes: number): void =>
    run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", storeDirectory),
  leave: (as: Leaving): Promise<void> => leaveStore(as),
  /** Fills the disk but for so many bytes. */
  fill(but: number): void {
    let size = freeBytes() - but;
    writeFileSync(filler, Buffer.alloc(Math.max(size, 0)));
    // What the file system needs for the file itself comes out of the rest.
    for (; size > 0 && freeBytes() < but; size -= 4_096) truncateSync(filler, size);
  },
  free: (): void => rmSync(filler, { force: true }),
  makeReadOnly(): void {
    run("mount", "--bind", storeDirectory, storeDirectory);
    run("mount", "-o", "remount,ro,bind", storeDirectory);
  },
  // At once, although SQLite keeps a closed file open as long as the holder in this process has locks on it.
  makeWritable: (): void => run("umount", "--lazy", storeDirectory),
  /** As a program that starts afresh: `session`, the code of an error, or `untyped: …`. */
  session: (account: TestAccount): Promise<string> =>
    tried(account, async (auth) => (await auth.session(account.name), "session")),
  /** The same without a TOTP secret: it begins a login by SMS, and says `challenge`. */
  askForOtp: (account: TestAccount): Promise<string> =>
    tried({ ...account, totpSecret: undefined }, async (auth) => (await auth.beginLogin(account.name)).kind),
};
export type DiskProgram = typeof commands;

await obey(commands, async () => holder?.close());

function run(...command: readonly string[]): void {
  execFileSync(command[0]!, command.slice(1));
}

async function tried(account: TestAccount, work: (auth: TestAuth<string>) => Promise<string>): Promise<string> {
  await using auth = openPlannedEngine(plan, { accounts: [account] });
  return await work(auth).catch(errorCode);
}

/** Puts the store into the state that it was left in. */
async function leaveStore(as: Leaving): Promise<void> {
  await holder?.close();
  holder = undefined;
  if (as === "closed") return;
  const store = openPlannedStore(plan);
  // Something for the log that SQLite keeps beside the database while it is in use.
  for await (const key of store.keys()) await store.read(key);
  const account = "f".repeat(64);
  const before = (await store.read(account))?.revision ?? 0;
  const header = { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" } as const;
  await store.swap(account, before, { revision: before + 1, header, body: Buffer.from("of no account") });
  if (as === "in use") {
    holder = store;
    return;
  }
  const copy = join(workDirectory, "copy");
  mkdirSync(copy);
  for (const name of databaseFiles) cpSync(join(storeDirectory, name), join(copy, name));
  await store.close();
  for (const name of databaseFiles) {
    const path = join(storeDirectory, name);
    cpSync(join(copy, name), `${path}.copy`);
    renameSync(`${path}.copy`, path);
  }
  rmSync(copy, { recursive: true });
}

function freeBytes(): number {
  const { bsize, bavail } = statfsSync(storeDirectory);
  return bsize * bavail;
}
