import { type BrokerScenario, type TestAuth, type TestEnvironment, openTestEnvironment } from "@x/test-environment";
import { wantSessions } from "../harness/patient-programs.ts";
import type { ProofContext } from "../harness/proof.ts";

type Name = "main" | "hedge";

/** The journal's words for the two factor steps of a login; a renewal at Nubra is its second one alone. */
export const factorSteps = { main: ["totp-login", "verifypin"], hedge: ["login", "validate"] } as const;

export interface MaintenanceFindings {
  proved: number;
  unproved: number;
  backAfterMinutes: number;
  pauseMinutes: number;
  unprovedTries: number;
  /** What did not end by itself, or by unlock() where that is due. */
  readonly stuck: string[];
  readonly shutOut: string[];
}

/** What a broker answers while it is worked on. */
const faults: readonly Omit<BrokerScenario, "step">[] = [
  { name: "server-error", status: 500 },
  { name: "html-page", status: 502 },
  { name: "status", status: 503 },
];

const minuteMs = 60_000;
const dayMs = 26 * 60 * minuteMs;

/** Where the work on the broker meets a login whose credentials are proved. */
const meetings = {
  // Neither a session nor what could renew it.
  "before the login": { asleepMs: dayMs, names: ["main", "hedge"] },
  "between its two steps": { asleepMs: dayMs, names: ["main", "hedge"] },
  "at the renewal": { asleepMs: 8 * 60 * minuteMs, names: ["main"] },
} as const;

interface Maintenance {
  readonly name: Name;
  readonly fault: Omit<BrokerScenario, "step">;
  readonly minutes: number;
  readonly programs: number;
  readonly random: () => number;
}

/** From a minute to six hours, met at every step, by one program and by fifty. */
export async function maintenances({ scale, random }: ProofContext): Promise<MaintenanceFindings> {
  const found: MaintenanceFindings = {
    proved: 0,
    unproved: 0,
    backAfterMinutes: 0,
    pauseMinutes: Number.POSITIVE_INFINITY,
    unprovedTries: 0,
    stuck: [],
    shutOut: [],
  };
  const lengths = scale === "full" ? [1, 10, 45, 120, 360] : [45];
  const crowds = scale === "full" ? [1, 50] : [1, 4];
  for (const name of ["main", "hedge"] as const) {
    for (const minutes of lengths) {
      for (const programs of crowds) {
        const fault = faults[Math.floor(random() * faults.length)] ?? {};
        const maintenance = { name, fault, minutes, programs, random } as Maintenance;
        for (const step of factorSteps[name]) await meetUnproved(found, maintenance, step);
        for (const [meeting, { names }] of Object.entries(meetings))
          if ((names as readonly Name[]).includes(name))
            await meetProved(found, maintenance, meeting as keyof typeof meetings);
      }
    }
  }
  return found;
}

async function meetProved(
  found: MaintenanceFindings,
  { name, fault, minutes, programs, random }: Maintenance,
  meeting: keyof typeof meetings,
): Promise<void> {
  await using test = await openTestEnvironment();
  const crowd = startPrograms(test, programs, random);
  await crowd[0]?.session(name);
  test.clock.advance(meetings[meeting].asleepMs);
  const mark = test.sandbox.journal.mark();
  const [first, second] = factorSteps[name];
  const halfWay = meeting === "between its two steps";
  test.play(name, { ...fault, step: first, skip: halfWay ? 1 : 0 } as BrokerScenario);
  // At Nubra a renewal is tried before, and refused.
  test.play(name, { ...fault, step: second, skip: halfWay && name === "main" ? 1 : 0 } as BrokerScenario);
  await wantSessions(crowd, name, test.clock, minutes * minuteMs);
  test.endScenarios(name);
  const endedAt = test.clock.now();
  const tries = logins(test.sandbox.journal.entries({ step: factorSteps[name], after: mark }).map(({ at }) => at));
  found.proved += 1;
  for (const [index, at] of tries.entries()) {
    const before = tries[index - 1];
    if (before === undefined) continue;
    // The first pause is a minute.
    if (index === 1 && at - before < minuteMs) found.pauseMinutes = 0;
    if (index > 1) found.pauseMinutes = Math.min(found.pauseMinutes, (at - before) / minuteMs);
  }
  const minted = test.minted(name);
  const deadline = endedAt + 30 * minuteMs;
  // Programs that do not wait as long as they are told to.
  while (test.minted(name) === minted && test.clock.now() < deadline) {
    await wantSessions(crowd, name, test.clock, 1);
    test.clock.advance(minuteMs / 2);
  }
  if (test.minted(name) === minted) found.stuck.push(`${name}, ${minutes} min that began ${meeting}`);
  found.backAfterMinutes = Math.max(found.backAfterMinutes, (test.clock.now() - endedAt) / minuteMs);
}

async function meetUnproved(
  found: MaintenanceFindings,
  { name, fault, minutes, programs, random }: Maintenance,
  step: string,
): Promise<void> {
  await using test = await openTestEnvironment();
  const crowd = startPrograms(test, programs, random);
  test.play(name, { ...fault, step } as BrokerScenario);
  await wantSessions(crowd, name, test.clock, Math.max(minutes, 5) * minuteMs);
  found.unproved += 1;
  found.unprovedTries = Math.max(found.unprovedTries, test.sandbox.journal.count({ step }));
  test.endScenarios(name);
  await crowd[0]?.unlock(name);
  await wantSessions(crowd, name, test.clock, 2 * minuteMs);
  if (test.minted(name) === 0) found.shutOut.push(`${name} after ${minutes} min at ${step}`);
}

// The two calls of a login are seconds apart.
function logins(times: readonly number[]): readonly number[] {
  return times.filter((at, index) => index === 0 || at - (times[index - 1] ?? 0) > minuteMs / 2);
}

export function startPrograms(test: TestEnvironment, programs: number, random: () => number): readonly TestAuth[] {
  return Array.from({ length: programs }, () => test.engine({ random }));
}
