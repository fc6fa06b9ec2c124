import { setTimeout as pause } from "node:timers/promises";
import { isBrokerAuthError } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { openPlannedEngine, type TestAccount, type TestPlan } from "@x/test-environment";
import { openStore, type StoreAddress } from "../../../../packages/stores/src/testing/store-address.ts";
import { requests } from "../harness/requests.ts";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

export interface SharedPlan extends TestPlan {
  readonly address: StoreAddress;
}

export type SharedOrder =
  /** @property stop at the answer of a path that ends so, and by which signal */
  | { readonly kind: "log in"; readonly accounts: readonly TestAccount[]; readonly stop?: SharedStop }
  /** A request that must not be repeated, sent twice where the first may be refused. */
  | { readonly kind: "use" | "order" }
  | { readonly kind: "status" }
  | { readonly kind: "end" };

export interface SharedStop {
  readonly after: string;
  readonly by: "SIGKILL" | "SIGSTOP";
}

export interface SharedReport {
  /** How long each account was waited for, in milliseconds, and how its session came. */
  readonly waits: readonly number[];
  readonly obtained: readonly string[];
  /** Codes and messages of what did not come to an end that it should. */
  readonly failed: readonly string[];
}

// A program whose store is away asks again, for as long as this.
const patienceMs = 80_000;
const plan = givenPlan() as SharedPlan;
const opened = await openStore(plan.address);
const store = encrypted(opened.store, keyFile(plan.keyPath));
// Longer than the store's own limit, which says better what is wrong. A machine that runs fifty of these is a slow one.
const storeTimeoutMs = 15_000;
let stop: SharedStop | undefined;
let engine: ReturnType<typeof openPlannedEngine> | undefined;
let accounts: readonly TestAccount[] = [];

await report("ready");
for (;;) {
  const order = await nextOrder<SharedOrder>();
  if (order.kind === "end") break;
  if (order.kind === "log in") {
    ({ accounts, stop } = order as typeof order & { stop: SharedStop | undefined });
    engine = openPlannedEngine(plan, { accounts, store, fetch: watchedFetch, storeTimeoutMs });
  }
  await report(await each(order.kind));
}
await engine?.close();
await opened.end();
leave();

async function watchedFetch(...given: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...given);
  const { pathname } = new URL(given[0] instanceof Request ? given[0].url : given[0]);
  if (stop === undefined || !pathname.endsWith(stop.after)) return response;
  const body = await response.arrayBuffer();
  const { by } = stop;
  stop = undefined;
  process.kill(process.pid, by);
  return new Response(body, { status: response.status, headers: response.headers });
}

async function each(kind: Exclude<SharedOrder["kind"], "end">): Promise<SharedReport> {
  const waits: number[] = [];
  const obtained: string[] = [];
  const failed: string[] = [];
  const begun = performance.now();
  await Promise.all(
    accounts.map(async (account) => {
      try {
        obtained.push(await one(kind, account));
      } catch (error) {
        failed.push(isBrokerAuthError(error) ? `${error.code}: ${error.message}` : String(error));
      }
      waits.push(performance.now() - begun);
    }),
  );
  return { waits, obtained, failed };
}

async function one(kind: Exclude<SharedOrder["kind"], "end">, { name, broker }: TestAccount): Promise<string> {
  if (engine === undefined) throw new Error("nothing was logged in yet");
  if (kind === "status") return (await engine.status(name)).state;
  if (kind === "log in") return patiently(async (auth) => (await auth.session(name)).obtainedBy);
  const { path, init } = requests[broker][kind === "use" ? "read" : "order"];
  const response = await engine.fetch(name, path, init);
  await response.arrayBuffer();
  return `${response.status}`;
}

async function patiently(work: (auth: NonNullable<typeof engine>) => Promise<string>): Promise<string> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work(engine!);
    } catch (error) {
      if (!isBrokerAuthError(error) || error.retry !== "transient" || performance.now() > until) throw error;
      await pause(100);
    }
  }
}
