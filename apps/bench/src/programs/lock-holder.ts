// Takes an account's lock when told, keeps it for the time it is told, and says when it let it go.
import { setTimeout as pause } from "node:timers/promises";
import { openStore, type StoreAddress } from "../../../../packages/stores/src/testing/store-address.ts";
import type { LockOrder, LockReport } from "../lock-hand-over.ts";

const [address = "", key = ""] = process.argv.slice(2);
const { store } = await openStore(JSON.parse(address) as StoreAddress);
const say = (report: LockReport): void => void process.send?.(report);

process.on("message", (order: LockOrder) => void hold(order.keepMs));
process.on("disconnect", () => process.exit());
say({ kind: "ready" });

async function hold(keepMs: number): Promise<void> {
  const lock = await store.lock(key, { waitMs: 10_000 });
  say({ kind: "held" });
  await pause(keepMs);
  const at = process.hrtime.bigint();
  await lock.release();
  say({ kind: "released", at: String(at) });
}
