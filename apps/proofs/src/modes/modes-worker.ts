import { isBrokerAuthError } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { crashKey, crashRecord } from "../crash/crash-record.ts";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

export interface ModesPlan {
  readonly umask: number;
  /** To run as, where the proof runs as the superuser, to whom modes do not apply. */
  readonly user: number | undefined;
}

export type ModesOrder = { readonly directory: string; readonly keyPath: string } | "close" | "end";

const { umask, user } = givenPlan() as ModesPlan;
if (user !== undefined) {
  process.setgid?.(user);
  process.setuid?.(user);
}
process.umask(umask);
await report("ready");

for (;;) {
  const order = await nextOrder<ModesOrder>();
  if (order === "end") break;
  if (order === "close") continue;
  const store = encrypted(sqliteStore({ directory: order.directory }), keyFile(order.keyPath));
  const codes: string[] = [];
  const tried = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      const result = await work();
      codes.push("done");
      return result;
    } catch (error) {
      codes.push(isBrokerAuthError(error) ? error.code : `untyped: ${String(error)}`);
      return undefined;
    }
  };
  const found = await tried(() => store.read(crashKey(1)));
  await tried(() => store.swap(crashKey(1), found?.revision ?? 0, crashRecord(1, (found?.revision ?? 0) + 1)));
  const lock = await tried(() => store.lock(crashKey(1), { waitMs: 200 }));
  // Looked at from outside while everything is open.
  await report(codes);
  await nextOrder();
  await lock?.release();
  await store.close();
  await report("closed");
}
leave();
