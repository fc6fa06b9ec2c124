import type { Lock } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { crashKey, crashRecord } from "../crash/crash-record.ts";
import { outcomeOf } from "../harness/outcome.ts";
import { givenPlan, goAhead, obey, say } from "../workers/worker-side.ts";

export interface ModesPlan {
  readonly umask: number;
  /** To run as, where the proof runs as the superuser, to whom modes do not apply. */
  readonly user: number | undefined;
}

const { umask, user } = givenPlan() as ModesPlan;
if (user !== undefined) {
  process.setgid?.(user);
  process.setuid?.(user);
}
process.umask(umask);

const commands = {
  /** Opens a store, reads, writes and locks, and says what came of each. */
  async use(directory: string, keyPath: string): Promise<readonly string[]> {
    const store = encrypted(sqliteStore({ directory }), keyFile(keyPath));
    let revision = 0;
    let lock: Lock | undefined;
    const codes = [
      await outcomeOf(async () => (revision = (await store.read(crashKey(1)))?.revision ?? 0)),
      await outcomeOf(() => store.swap(crashKey(1), revision, crashRecord(1, revision + 1))),
      await outcomeOf(async () => (lock = await store.lock(crashKey(1), { waitMs: 200 }))),
    ];
    // Looked at from outside while everything is open.
    await say("open");
    await goAhead();
    await lock?.release();
    await store.close();
    return codes;
  },
};
export type ModesProgram = typeof commands;

await obey(commands);
