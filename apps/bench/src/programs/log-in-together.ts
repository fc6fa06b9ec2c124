// One of many programs that log in to the same accounts at the same moment. Each order begins on a store that it names.
import { createBrokerAuth } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { encrypted, storeKey } from "@x/stores/encrypted";
import { type OpenedStore, openStore } from "../../../../packages/stores/src/testing/store-address.ts";
import { startedAt } from "../accounts.ts";
import type { TogetherOrder, TogetherReport } from "../logins-together.ts";
import { manyAccounts } from "../many-accounts.ts";

const source = { keys: async () => [storeKey(Buffer.alloc(32, 3), "the bench")] };
const say = (report: TogetherReport): void => void process.send?.(report);
let end = async (): Promise<void> => undefined;
let logIn = async (): Promise<TogetherReport> => ({ kind: "ready" });

process.on("message", (order: TogetherOrder) => void carryOut(order));
process.on("disconnect", () => process.exit());
say({ kind: "ready" });

async function carryOut(order: TogetherOrder): Promise<void> {
  if (order.kind === "log in") return say(await logIn());
  await end();
  await open(order, await openStore(order.address));
  return say({ kind: "ready" });
}

async function open({ origin, accounts }: TogetherOrder & { kind: "open" }, opened: OpenedStore): Promise<void> {
  let logins = 0;
  let loggedInAt = process.hrtime.bigint();
  const auth = createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    // Two more than are measured, which load what is loaded once and make the connections.
    accounts: manyAccounts(origin, accounts + 2),
    store: encrypted(opened.store, source),
    timeoutMs: 15_000,
    clock: { now: () => startedAt },
  });
  auth.on((event) => {
    if (event.type !== "session" || event.obtainedBy === "store") return;
    logins += 1;
    loggedInAt = process.hrtime.bigint();
  });
  await auth.session("account-0");
  await auth.session("account-1");
  logins = 0;
  logIn = async () => {
    const cpu = process.cpuUsage();
    const outcomes = await auth.loginAll();
    const at = process.hrtime.bigint();
    const { user, system } = process.cpuUsage(cpu);
    const failed = outcomes.find((outcome) => !outcome.ok);
    if (failed !== undefined) throw failed.error;
    return { kind: "done", at: `${at}`, loggedInAt: `${loggedInAt}`, logins, cpuMs: (user + system) / 1e3 };
  };
  end = async () => {
    await auth.close();
    await opened.end();
  };
}
