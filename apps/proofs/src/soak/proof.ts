import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isBrokerAuthError } from "@x/core";
import { fakeClock } from "@x/core/testing";
import { createJournal } from "@x/sandbox";
import {
  loginSteps,
  openPlannedEngine,
  openTestEnvironment,
  type TestAccount,
  type TestAuth,
  type TestEnvironment,
} from "@x/test-environment";
import { quantile } from "../harness/numbers.ts";
import { requests } from "../harness/requests.ts";
import { oneOf } from "../harness/sample.ts";
import { atLeast, atMost, counted, type Fact, faults, type Proof, total } from "../harness/proof.ts";

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
    // Full before the first sample that counts.
    const journal = createJournal({ keep: 100 });
    await using test = await openTestEnvironment({ ...context, accounts: 6, clock, journal });
    const open = (): TestAuth<string> => openPlannedEngine(test.plan, { clock, timeoutMs: 250 });
    // Each of them is started anew now and then.
    const programs = [open(), open(), open()];
    const samples: Sample[] = [];
    let [calls, answered] = [0, 0];
    const found = {
      faults: total("faults and evictions", { atLeast: 1 }),
      untyped: faults("errors without a type"),
    };
    const startedAt = clock.now();
    const until = performance.now() + realMs;
    const leastRounds = 110;
    // In short by rounds, so that a busy machine makes it longer and not less.
    let sampledAt = performance.now();
    for (let round = 1; round <= leastRounds || performance.now() < until; round++) {
      clock.advance(Math.floor(random() * 40 * minuteMs));
      const index = Math.floor(random() * programs.length);
      if (random() < 0.02) {
        await programs[index]?.close();
        programs[index] = open();
      }
      if (random() <= 0.15) {
        trouble(test, random);
        found.faults.add(1);
      }
      const work = test.accounts.map(async (account) => {
        calls += 1;
        try {
          await day(oneOf(programs, random), account, random);
          answered += 1;
        } catch (error) {
          if (!isBrokerAuthError(error)) found.untyped.add(String(error));
        }
      });
      await Promise.all(work);
      if (short ? round % 5 === 0 : performance.now() - sampledAt >= realMs / 30) {
        samples.push(await sample());
        sampledAt = performance.now();
      }
    }
    const days = (clock.now() - startedAt) / dayMs;
    for (const auth of programs) await auth.close();

    // The first third warms up: code is compiled, caches fill.
    const settled = samples.slice(Math.floor(samples.length / 3));
    const half = Math.floor(settled.length / 2);
    const [earlier, later] = [settled.slice(0, half), settled.slice(half)];
    const median = (those: readonly Sample[], of: keyof Sample): number =>
      quantile(
        those.map((one) => one[of]),
        0.5,
      );
    const grown = (of: keyof Sample, limit: number): Fact => atMost(median(later, of) - median(earlier, of), limit);
    const heap = median(earlier, "heapKilobytes");
    // In short, eight kilobytes that a request leaves behind are 1,400 kB, and what is left without them 500.
    const heapLimit = short ? 900 : Math.round(heap * 0.05);
    return counted(found, {
      "simulated days": atLeast(Math.round(days), 1),
      [`of ${calls} calls answered`]: atLeast(answered, Math.floor(calls / 3)),
      [`kB of heap grown from ${heap}`]: grown("heapKilobytes", heapLimit),
      "open files grown": grown("files", 2),
      "sockets grown": grown("sockets", short ? 16 : 6),
      "handles grown": grown("handles", 2),
      "timers grown": grown("timers", 1),
    });
  },
};

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

const brokenAnswers = ["server-error", "html-page", "reset", "rate-limit", "truncated-json"] as const;
const faultsAnywhere = [...brokenAnswers, "session-expired", "echo-secrets"] as const;

function trouble(test: TestEnvironment<string>, random: () => number): void {
  const { name, broker } = oneOf(test.accounts, random);
  const chance = random();
  if (chance < 0.15) test.broker(name).otherDeviceLogin(name);
  else if (chance < 0.25) test.play(name, { name: "hang", times: 1, step: loginSteps[broker].mpin });
  else test.play(name, { name: oneOf(faultsAnywhere, random), times: 1 });
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
  const folder = "/proc/self/fd";
  const open = process.platform === "linux" ? readdirSync(folder) : [];
  // The one that the list was read through is closed by now.
  const sockets = open.filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isSocket()).length;
  const timers = resources.filter((resource) => resource === "Timeout" || resource === "Immediate").length;
  return {
    heapKilobytes: Math.round(process.memoryUsage().heapUsed / 1_024),
    files: open.length - sockets,
    sockets,
    handles: resources.length - timers,
    timers,
  };
}
