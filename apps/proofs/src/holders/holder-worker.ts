import { appendFileSync } from "node:fs";
import { isBrokerAuthError, type Lock, type TokenStore } from "@x/core";
import { type TestAccount, openPlannedEngine, openPlannedStore } from "@x/test-environment";
import { type HolderOrder, type HolderPlan, type HolderReport, senderHeader } from "./holder-report.ts";
import { requests } from "../harness/requests.ts";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

const plan = givenPlan() as HolderPlan;
let engine: ReturnType<typeof openPlannedEngine> | undefined;
let account: TestAccount | undefined;

await report({ kind: "ready" } satisfies HolderReport);
for (;;) {
  const order = await nextOrder<HolderOrder>();
  if (order.kind === "end") break;
  if (order.kind === "log in") await report(await logIn(order));
  else await report(await outcome(read, []));
}
await engine?.close();
leave();

async function logIn(order: Extract<HolderOrder, { kind: "log in" }>): Promise<HolderReport> {
  ({ account } = order);
  const steps: string[] = [];
  let held = false;
  const step = (name: string): void => {
    if (!held) return;
    const { stop } = order;
    if (stop?.at === steps.length) {
      // Before the signal: a stopped or dead process writes nothing any more.
      note(stop.by === "SIGKILL" ? "dies" : "stops");
      process.kill(process.pid, stop.by);
    }
    steps.push(name);
  };

  const store = openPlannedStore(plan);
  const watched: TokenStore = {
    ...store,
    async swap(key, expected, next) {
      step("before a write");
      const swapped = await store.swap(key, expected, next);
      step("after a write");
      return swapped;
    },
    async lock(key, options) {
      await report({ kind: "waiting" } satisfies HolderReport);
      const lock = await store.lock(key, options);
      note("holds");
      held = true;
      if (order.announce) {
        await report({ kind: "holding" } satisfies HolderReport);
        await nextOrder();
      }
      step("with the lock");
      return releasing(lock);
    },
  };
  const releasing = (lock: Lock): Lock => ({
    async release() {
      step("before letting go");
      held = false;
      note("lets go");
      await lock.release();
    },
  });
  const watchedFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    // The journal is to tell whose request it was.
    request.headers.set(senderHeader, plan.name);
    const { pathname } = new URL(request.url);
    step(`before ${pathname}`);
    const response = await fetch(request);
    const body = await response.arrayBuffer();
    step(`after ${pathname}`);
    const { status, headers } = response;
    return new Response(body, { status, headers });
  };

  engine = openPlannedEngine(plan, {
    accounts: [account],
    store: watched,
    fetch: watchedFetch,
  });
  return outcome(async (auth, name) => (await auth.session(name)).generation, steps);
}

async function read(auth: NonNullable<typeof engine>, name: string): Promise<number> {
  const { generation } = await auth.session(name);
  const response = await auth.fetch(name, requests[account?.broker ?? "nubra"].read.path);
  if (!response.ok) throw new Error(`the read was answered ${response.status}`);
  return generation;
}

async function outcome(
  work: (auth: NonNullable<typeof engine>, name: string) => Promise<number>,
  steps: readonly string[],
): Promise<HolderReport> {
  if (engine === undefined || account === undefined) throw new Error("nothing was logged in yet");
  try {
    return { kind: "done", result: "session", generation: await work(engine, account.name), steps };
  } catch (error) {
    return { kind: "done", result: isBrokerAuthError(error) ? error.code : String(error), generation: 0, steps };
  }
}

function note(what: string): void {
  // One write, appended whole. The clock is the machine's, the same for all processes.
  appendFileSync(plan.diary, `${process.hrtime.bigint()} ${plan.name} ${account?.name} ${what}\n`);
}
