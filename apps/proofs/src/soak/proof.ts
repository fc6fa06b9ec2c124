import { readdirSync, readlinkSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isBrokerAuthError } from "@x/core";
import { fakeClock, type FakeClock } from "@x/core/testing";
import { createJournal } from "@x/sandbox";
import {
  loginSteps,
  openPlannedEngine,
  openTestEnvironment,
  type TestAccount,
  type TestAuth,
  type TestEnvironment,
} from "@x/test-environment";
import { quantile, sum } from "../harness/numbers.ts";
import { requests } from "../harness/requests.ts";
import { oneOf } from "../harness/sample.ts";
import { atLeast, atMost, counted, type Facts, none, type Proof, told } from "../harness/proof.ts";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** What the process holds at a quiet moment. */
interface Sample {
  readonly heapKilobytes: number;
  readonly files: number;
  /** Kept open for a while for the next request, so their number goes up and down. */
  readonly sockets: number;
  readonly handles: number;
  readonly timers: number;
}

export const proof: Proof = {
  promises: ["P12"],
  bar: "simulated days of trading, faults and restarts for ten minutes (an hour with --long): memory, files, handles and timers do not grow",
  async run(context) {
    const { scale, random } = context;
    const short = scale === "short";
    const realMs = short ? 0 : context.long ? 3_600_000 : 600_000;
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const journal = createJournal({ keep: 2_000 });
    await using test = await openTestEnvironment({ ...context, accounts: 6, clock, journal });
    // Three programs; each of them is started anew now and then.
    const programs = [0, 1, 2].map(() => program(test, clock));
    const samples: Sample[] = [];
    const faults = new Map<string, number>();
    const untyped = new Set<string>();
    let calls = 0;
    let answered = 0;
    const startedAt = clock.now();
    const until = performance.now() + realMs;
    const leastRounds = 70;
    // In short by rounds, so that a busy machine makes it longer and not less.
    const betweenMs = realMs / 30;
    let sampledAt = performance.now();
    for (let round = 1; round <= leastRounds || performance.now() < until; round++) {
      clock.advance(Math.floor(random() * 40 * minuteMs));
      const index = Math.floor(random() * programs.length);
      if (random() < 0.02) {
        await programs[index]?.close();
        programs[index] = program(test, clock);
      }
      trouble(test, random, faults);
      const work = test.accounts.map(async (account) => {
        const auth = programs[Math.floor(random() * programs.length)];
        calls += 1;
        try {
          if (auth !== undefined) await day(auth, account, random);
          answered += 1;
        } catch (error) {
          if (!isBrokerAuthError(error)) untyped.add(String(error));
        }
      });
      await Promise.all(work);
      if (short ? round % 5 === 0 : performance.now() - sampledAt >= betweenMs) {
        samples.push(await sample());
        sampledAt = performance.now();
      }
    }
    const days = (clock.now() - startedAt) / dayMs;
    for (const auth of programs) await auth.close();

    // The first third warms up: code is compiled, caches fill.
    const settled = samples.slice(Math.floor(samples.length / 3));
    const half = Math.floor(settled.length / 2);
    const median = (of: keyof Sample, some: readonly Sample[]): number =>
      quantile(
        some.map((one) => one[of]),
        0.5,
      );
    const grown = (of: keyof Sample, limit: number): Facts[string] =>
      atMost(median(of, settled.slice(half)) - median(of, settled.slice(0, half)), limit);
    const heap = median("heapKilobytes", settled.slice(0, half));
    const heapLimit = Math.round(heap * (short ? 0.25 : 0.05));
    return counted({
      "simulated days": atLeast(Math.round(days), 1),
      calls: told(calls),
      "of them answered": atLeast(answered, Math.floor(calls / 3)),
      "faults and evictions": atLeast(sum([...faults.values()]), 1),
      "errors without a type": none([...untyped]),
      [`kB of heap grown from ${heap}`]: grown("heapKilobytes", heapLimit),
      "open files grown": grown("files", 2),
      "sockets grown": grown("sockets", short ? 16 : 6),
      "handles grown": grown("handles", 2),
      "timers grown": grown("timers", 1),
    });
  },
};

function program(test: TestEnvironment<string>, clock: FakeClock): TestAuth<string> {
  return openPlannedEngine(test.plan, { clock, timeoutMs: 250 });
}

/** One thing that a program does with an account: mostly it reads. */
async function day(auth: TestAuth<string>, { name, broker }: TestAccount, random: () => number): Promise<void> {
  const chance = random();
  if (chance < 0.02) return auth.logout(name);
  // A person looks after what is blocked.
  if (chance < 0.06) return auth.unlock(name);
  if (chance < 0.08) return void (await auth.status(name));
  if (chance < 0.3) return void (await auth.session(name));
  if (chance < 0.35) return void (await auth.headers(name));
  const response = await auth.fetch(name, requests[broker].read.path);
  await response.arrayBuffer();
  return undefined;
}

const faultsAnywhere = [
  "server-error",
  "html-page",
  "reset",
  "rate-limit",
  "truncated-json",
  "session-expired",
  "echo-secrets",
] as const;

function trouble(test: TestEnvironment<string>, random: () => number, faults: Map<string, number>): void {
  if (random() > 0.15) return;
  const { name, broker } = oneOf(test.accounts, random);
  const note = (fault: string): void => void faults.set(fault, (faults.get(fault) ?? 0) + 1);
  const chance = random();
  if (chance < 0.15) {
    note("eviction");
    test.broker(name).otherDeviceLogin(name);
  } else if (chance < 0.25) {
    note("hang");
    test.play(name, { name: "hang", times: 1, step: loginSteps[broker].mpin });
  } else {
    const fault = oneOf(faultsAnywhere, random);
    note(fault);
    test.play(name, { name: fault, times: 1 });
  }
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function sample(): Promise<Sample> {
  // Connections and timers that are on their way out get there.
  await new Promise((resolve) => setTimeout(resolve, 20));
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const resources = process.getActiveResourcesInfo().filter((resource) => !resource.startsWith("TCP"));
  const open = process.platform === "linux" ? readdirSync("/proc/self/fd").map(leadsTo) : [];
  const sockets = open.filter((target) => target.startsWith("socket:")).length;
  const timers = resources.filter((resource) => resource === "Timeout" || resource === "Immediate").length;
  return {
    heapKilobytes: Math.round(process.memoryUsage().heapUsed / 1_024),
    files: open.length - sockets,
    sockets,
    handles: resources.length - timers,
    timers,
  };
}

function leadsTo(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one that the list was read through.
    return "";
  }
}
