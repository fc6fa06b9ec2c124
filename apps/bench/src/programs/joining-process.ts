// One of several processes that want a session of the same account at the same moment.
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { accountsAt } from "../accounts.ts";
import { type BenchAuth, engine } from "../earlier-login.ts";
import type { JoinOrder, JoinReport } from "../joined-login.ts";

const [directory = "", keyPath = "", origin = ""] = process.argv.slice(2);
const say = (report: JoinReport): void => void process.send?.(report);
let auth: BenchAuth | undefined;

process.on("message", (order: JoinOrder) => void carryOut(order));
process.on("disconnect", () => process.exit());
say({ kind: "ready" });

async function carryOut(order: JoinOrder): Promise<void> {
  if (order.kind === "open") {
    await auth?.close();
    const store = encrypted(sqliteStore({ directory }), keyFile(keyPath));
    auth = engine({ accounts: accountsAt(origin), store, now: () => order.now });
    // Whoever is asked for a session has been running for a while.
    await auth.status("main");
    return say({ kind: "ready" });
  }
  await auth?.session("main");
  return say({ kind: "done" });
}
