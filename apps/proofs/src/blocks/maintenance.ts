import {
  type BrokerScenario,
  loginSteps,
  openTestEnvironment,
  type TestAccountName,
  type TestAuth,
  type TestEnvironment,
} from "@x/test-environment";
import { wantSessions } from "../harness/patient-programs.ts";
import { type Facts, faults, highest, lowest, type ProofContext, total } from "../harness/proof.ts";
import { oneOf } from "../harness/sample.ts";

/** The two calls of a login; a renewal at Nubra is its second one alone. */
export function factorSteps(name: TestAccountName): readonly [totp: string, mpin: string] {
  return [loginSteps[name].totp, loginSteps[name].mpin];
}

const newFound = () => ({
  proved: total("maintenances, credentials proved"),
  backAfterMinutes: highest("minutes until logged in again (at most)", { atMost: 15 }),
  pauseMinutes: lowest("minutes between two tries of all programs (at least)", { atLeast: 12 }),
  stuck: faults("that did not end by themselves"),
  unproved: total("maintenances, credentials never proved"),
  unprovedTries: highest("tries of one step (at most)", { exactly: 2 }),
  shutOut: faults("that unlock() did not end"),
});
type Found = ReturnType<typeof newFound>;

/** What a broker answers while it is worked on. */
const outages: readonly BrokerScenario[] = [
  { name: "server-error", status: 500 },
  { name: "html-page", status: 502 },
  { name: "status", status: 503 },
];

const minuteMs = 60_000;
// Then there is neither a session nor what could renew it.
const dayMs = 26 * 60 * minuteMs;

interface Maintenance {
  readonly name: TestAccountName;
  readonly fault: BrokerScenario;
  readonly minutes: number;
  readonly open: (test: TestEnvironment) => readonly TestAuth[];
}

/** From a minute to six hours, met at every step, by one program and by fifty. */
export async function maintenances({ scale, random }: ProofContext): Promise<Facts> {
  const found = newFound();
  const lengths = scale === "full" ? [1, 10, 45, 120, 360] : [45];
  const crowds = scale === "full" ? [1, 50] : [1, 4];
  for (const name of ["main", "hedge"] as const) {
    for (const minutes of lengths) {
      for (const programs of crowds) {
        const fault = oneOf(outages, random);
        const open: Maintenance["open"] = (test) => startPrograms(test, programs, random);
        const maintenance = { name, fault, minutes, open };
        for (const step of factorSteps(name)) await meetUnproved(found, maintenance, step);
        await meetProved(found, maintenance, "before the login");
        await meetProved(found, maintenance, "between its two steps");
        if (name === "main") await meetProved(found, maintenance, "at the renewal", 8 * 60 * minuteMs);
      }
    }
  }
  return found;
}

/** @param meeting where the work on the broker meets the login, so long after the session before */
async function meetProved(found: Found, maintenance: Maintenance, meeting: string, asleepMs = dayMs): Promise<void> {
  const { name, fault, minutes, open } = maintenance;
  await using test = await openTestEnvironment();
  const crowd = open(test);
  await crowd[0]?.session(name);
  test.clock.advance(asleepMs);
  const mark = test.sandbox.journal.mark();
  const [first, second] = factorSteps(name);
  const halfWay = meeting === "between its two steps";
  test.play(name, { ...fault, step: first, skip: halfWay ? 1 : 0 });
  // At Nubra a renewal is tried before, and refused.
  test.play(name, { ...fault, step: second, skip: halfWay && name === "main" ? 1 : 0 });
  await wantSessions(crowd, name, test.clock, minutes * minuteMs);
  test.endScenarios(name);
  const endedAt = test.clock.now();
  const tries = logins(test.sandbox.journal.entries({ step: factorSteps(name), after: mark }).map(({ at }) => at));
  found.proved.add(1);
  const pauses = tries.slice(1).map((at, index) => (at - tries[index]!) / minuteMs);
  // The first pause is a minute.
  found.pauseMinutes.add(...((pauses[0] ?? 1) < 1 ? [0] : []), ...pauses.slice(1));
  const minted = test.minted(name);
  const deadline = endedAt + 30 * minuteMs;
  // Programs that do not wait as long as they are told to.
  while (test.minted(name) === minted && test.clock.now() < deadline) {
    await wantSessions(crowd, name, test.clock, 1);
    test.clock.advance(minuteMs / 2);
  }
  if (test.minted(name) === minted) found.stuck.add(`${name}, ${minutes} min that began ${meeting}`);
  found.backAfterMinutes.add((test.clock.now() - endedAt) / minuteMs);
}

async function meetUnproved(found: Found, maintenance: Maintenance, step: string): Promise<void> {
  const { name, fault, minutes, open } = maintenance;
  await using test = await openTestEnvironment();
  const crowd = open(test);
  test.play(name, { ...fault, step });
  await wantSessions(crowd, name, test.clock, Math.max(minutes, 5) * minuteMs);
  found.unproved.add(1);
  found.unprovedTries.add(test.sandbox.journal.count({ step }));
  test.endScenarios(name);
  await crowd[0]?.unlock(name);
  await wantSessions(crowd, name, test.clock, 2 * minuteMs);
  if (test.minted(name) === 0) found.shutOut.add(`${name} after ${minutes} min at ${step}`);
}

// The two calls of a login are seconds apart.
function logins(times: readonly number[]): readonly number[] {
  return times.filter((at, index) => index === 0 || at - (times[index - 1] ?? 0) > minuteMs / 2);
}

export function startPrograms(test: TestEnvironment, programs: number, random: () => number): readonly TestAuth[] {
  return Array.from({ length: programs }, () => test.engine({ random }));
}
