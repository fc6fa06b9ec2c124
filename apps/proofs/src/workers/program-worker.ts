// A program of its own on the store of a plan, or on a server's: logs in to accounts and uses their sessions.
import { setTimeout as pause } from "node:timers/promises";
import { isBrokerAuthError, type TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import {
  openPlannedEngine,
  openPlannedStore,
  type TestAccount,
  type TestAuth,
  type TestPlan,
} from "@x/test-environment";
import { openStore, type StoreAddress } from "../../../../packages/stores/src/testing/store-address.ts";
import { requests, type SampleRequest } from "../harness/requests.ts";
import { givenPlan, obey } from "./worker-side.ts";

export interface ProgramPlan extends TestPlan {
  /** A server in place of the plan's own store. A program that finds it away asks again. */
  readonly address?: StoreAddress;
}

/** At the answer of a path that ends so, or once an MPIN was written down and has not left; and by which signal. */
export interface ProgramStop {
  readonly after: string | { readonly written: "mpin" };
  readonly by: "SIGKILL" | "SIGSTOP";
}

/** How long each account was waited for, in milliseconds; what came; codes and messages of what did not come to an end that it should. */
export interface ProgramReport {
  readonly waits: readonly number[];
  readonly obtained: readonly string[];
  readonly failed: readonly string[];
}

const plan = givenPlan() as ProgramPlan;
const { address } = plan;
const server = address === undefined ? undefined : await openStore(address);
const kept = server === undefined ? openPlannedStore(plan) : encrypted(server.store, keyFile(plan.keyPath));
const store: TokenStore = Object.create(kept, { swap: { value: watchedSwap } }) as TokenStore;
const patienceMs = server === undefined ? 0 : 80_000;
// Longer than the server's own limit, which says better what is wrong. A machine that runs fifty of these is a slow one.
const limits = server === undefined ? {} : { storeTimeoutMs: 15_000 };
let stop: ProgramStop | undefined;
let accounts: readonly TestAccount[] = [];
let engine: TestAuth<string>;

const commands = {
  logIn(given: readonly TestAccount[], stopped?: ProgramStop | null): Promise<ProgramReport> {
    [accounts, stop] = [given, stopped ?? undefined];
    engine = openPlannedEngine(plan, { accounts, store, fetch: watchedFetch, ...limits });
    return each(({ name }) => patiently(async () => (await engine.session(name)).obtainedBy));
  },
  read: (): Promise<ProgramReport> => each(({ name, broker }) => ask(name, requests[broker].read)),
  /** A request that must not be repeated. */
  order: (): Promise<ProgramReport> => each(({ name, broker }) => ask(name, requests[broker].order)),
  status: (): Promise<ProgramReport> => each(async ({ name }) => (await engine.status(name)).state),
};
export type Program = typeof commands;

await obey(commands, async () => {
  await engine.close();
  await server?.end();
});

async function watchedFetch(...given: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...given);
  const { pathname } = new URL(given[0] instanceof Request ? given[0].url : given[0]);
  if (typeof stop?.after !== "string" || !pathname.endsWith(stop.after)) return response;
  const body = await response.arrayBuffer();
  stopNow(stop);
  return new Response(body, { status: response.status, headers: response.headers });
}

async function watchedSwap(...given: Parameters<TokenStore["swap"]>): Promise<boolean> {
  const swapped = await kept.swap(...given);
  if (typeof stop?.after !== "object") return swapped;
  const { ledger } = JSON.parse(new TextDecoder().decode(given[2].body)) as {
    readonly ledger: { readonly open?: { readonly factor: string } };
  };
  if (swapped && ledger.open?.factor === stop.after.written) stopNow(stop);
  return swapped;
}

function stopNow({ by }: ProgramStop): void {
  stop = undefined;
  process.kill(process.pid, by);
}

async function each(work: (account: TestAccount) => Promise<string>): Promise<ProgramReport> {
  const report = { waits: [] as number[], obtained: [] as string[], failed: [] as string[] };
  const begun = performance.now();
  await Promise.all(
    accounts.map(async (account) => {
      try {
        report.obtained.push(await work(account));
      } catch (error) {
        report.failed.push(isBrokerAuthError(error) ? `${error.code}: ${error.message}` : String(error));
      }
      report.waits.push(performance.now() - begun);
    }),
  );
  return report;
}

async function ask(name: string, { path, init }: SampleRequest): Promise<string> {
  const response = await engine.fetch(name, path, init);
  await response.arrayBuffer();
  return `${response.status}`;
}

async function patiently(work: () => Promise<string>): Promise<string> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBrokerAuthError(error) || error.retry !== "transient" || performance.now() > until) throw error;
      await pause(100);
    }
  }
}
