import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Lock, TokenStore } from "@x/core";
import { type TestAccount, type TestAuth, openPlannedEngine, openPlannedStore } from "@x/test-environment";
import { errorCode } from "../harness/outcome.ts";
import { requests } from "../harness/requests.ts";
import { givenPlan, goAhead, obey, say } from "../workers/worker-side.ts";
import { type DiaryLine, type HolderPlan, senderHeader } from "./holder-diary.ts";

export interface HolderOptions {
  /** At which step it is stopped, counted from the moment it holds the lock. Absent: never. */
  readonly stop?: { readonly at: number; readonly by: "SIGKILL" | "SIGSTOP" };
  /** Waits for a word when it holds the lock. */
  readonly announced?: true;
}

export interface HolderReport {
  /** `session`, or how it ended otherwise. */
  readonly result: string;
  readonly generation: number;
  /** The names of the steps that its last login went through from the lock on. */
  readonly steps: readonly string[];
}

/** By the machine's own clock, which all processes share, in milliseconds. */
export interface HoldReport {
  readonly heldAt: number;
  readonly letGoAt: number;
}

const plan = givenPlan() as HolderPlan;
let engine: TestAuth<string>;
let account: TestAccount;
let steps: string[] = [];

const commands = {
  logIn(given: TestAccount, options: HolderOptions = {}): Promise<HolderReport> {
    [account, steps] = [given, []];
    engine = stoppableEngine(options);
    return outcome(async () => (await engine.session(account.name)).generation);
  },
  read: (): Promise<HolderReport> =>
    outcome(async () => {
      const { generation } = await engine.session(account.name);
      const response = await engine.fetch(account.name, requests[account.broker].read.path);
      if (!response.ok) throw new Error(`the read was answered ${response.status}`);
      return generation;
    }),
  /** Holds a lock for so long, and lets it go. */
  async hold(holdMs: number): Promise<HoldReport> {
    const store = openPlannedStore(plan);
    const lock = await store.lock("a".repeat(64), { waitMs: 60_000 });
    const heldAt = machineMs();
    await say("holding");
    await pause(holdMs);
    const letGoAt = machineMs();
    await lock.release();
    await store.close();
    return { heldAt, letGoAt };
  },
};
export type Holder = typeof commands;

await obey(commands, () => engine.close());

function stoppableEngine({ stop, announced }: HolderOptions): TestAuth<string> {
  let held = false;
  const step = (name: string): void => {
    if (!held) return;
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
    async lock(key, options): Promise<Lock> {
      await say("waiting");
      const lock = await store.lock(key, options);
      note("holds");
      held = true;
      if (announced) {
        await say("holding");
        await goAhead();
      }
      step("with the lock");
      const release = (): Promise<void> => {
        step("before letting go");
        held = false;
        note("lets go");
        return lock.release();
      };
      return { release };
    },
  };
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
  return openPlannedEngine(plan, { accounts: [account], store: watched, fetch: watchedFetch });
}

async function outcome(work: () => Promise<number>): Promise<HolderReport> {
  try {
    return { result: "session", generation: await work(), steps };
  } catch (error) {
    return { result: errorCode(error), generation: 0, steps };
  }
}

function note(what: DiaryLine["what"]): void {
  // One write, appended whole.
  const line: DiaryLine = { at: machineMs(), who: plan.name, account: account.name, what };
  appendFileSync(plan.diary, `${JSON.stringify(line)}\n`);
}

function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
