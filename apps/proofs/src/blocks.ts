import { isBrokerAuthError } from "@x/core";
import type { Scenario } from "@x/sandbox";
import { type Desk, type DeskAuth, openDesk } from "./desk.ts";
import { wantSessions } from "./patient-programs.ts";
import { atLeast, atMost, counted, exactly, none, type Proof, type ProofContext, told } from "./proof.ts";

type Name = "main" | "hedge";

const minuteMs = 60_000;

/** The journal's words for the two factor steps of a login. */
const factorSteps = { main: ["totp-login", "verifypin"], hedge: ["login", "validate"] } as const;

export const blocks: Proof = {
  name: "blocks",
  promises: ["P2", "P5"],
  bar: "maintenance of any length: proved credentials are logged in again by themselves within 15 min of its end, one try per pause for all programs together; not proved: 2 tries; a changed MPIN answered by 500: 2; a locked account: nothing sent until unlock(); unlock() at each start: never the broker's last attempt",
  async run(context) {
    const found = await maintenance(context);
    const supervised = await unlockAtEachStart(context.scale === "full" ? 100 : 12);
    return counted({
      "maintenances, credentials proved": told(found.proved),
      "minutes until logged in again (at most)": atMost(found.backAfterMinutes, 15),
      "minutes between two tries of all programs (at least)": atLeast(found.pauseMinutes, 11),
      "that did not end by themselves": none(found.stuck),
      "maintenances, credentials never proved": told(found.unproved),
      "tries of one step (at most)": exactly(found.unprovedTries, 2),
      "tries of an MPIN that was changed and is answered by 500 (at most)": exactly(await changedMpin(), 2),
      "requests for an account that is locked": exactly(await lockedAccount(), 0),
      "starts with a wrong MPIN and unlock()": told(supervised.starts),
      "attempts left at the brokers (at least)": atLeast(supervised.left, 1),
    });
  },
};

interface Found {
  proved: number;
  unproved: number;
  backAfterMinutes: number;
  pauseMinutes: number;
  unprovedTries: number;
  readonly stuck: string[];
}

async function maintenance({ scale, random }: ProofContext): Promise<Found> {
  const found: Found = {
    proved: 0,
    unproved: 0,
    backAfterMinutes: 0,
    pauseMinutes: Number.POSITIVE_INFINITY,
    unprovedTries: 0,
    stuck: [],
  };
  const lengths = scale === "full" ? [1, 10, 45, 120, 360] : [45];
  const crowds = scale === "full" ? [1, 50] : [1, 4];
  for (const name of ["main", "hedge"] as const) {
    for (const minutes of lengths) {
      for (const programs of crowds) {
        for (const step of factorSteps[name]) {
          await unproved(found, { name, step, minutes, programs }, random);
          // The step before was accepted: then an answer of 5xx may hide a refusal, and nothing comes back by itself.
          if (step === factorSteps[name][0]) await proved(found, { name, step, minutes, programs }, random);
        }
      }
    }
  }
  return found;
}

interface Maintenance {
  readonly name: Name;
  readonly step: string;
  readonly minutes: number;
  readonly programs: number;
}

async function proved(found: Found, { name, step, minutes, programs }: Maintenance, random: () => number) {
  await using desk = await openDesk();
  const crowd = start(desk, programs, random);
  await crowd[0]?.session(name);
  // The next day: neither a session nor what could renew it.
  desk.clock.advance(26 * 3_600_000);
  const mark = desk.sandbox.journal.mark();
  play(desk, name, { name: "server-error", step, status: 500 });
  await wantSessions(crowd, name, desk.clock, minutes * minuteMs);
  endScenarios(desk, name);
  const endedAt = desk.clock.now();
  const tries = desk.sandbox.journal.entries({ step, after: mark }).map(({ at }) => at);
  found.proved += 1;
  // The first pause is a minute.
  for (const [index, at] of tries.entries()) {
    const before = tries[index - 1];
    if (before === undefined) continue;
    if (index === 1 && at - before < minuteMs) found.pauseMinutes = 0;
    if (index > 1) found.pauseMinutes = Math.min(found.pauseMinutes, (at - before) / minuteMs);
  }
  const minted = desk.minted(name);
  // Programs that do not wait as long as they are told to.
  while (desk.minted(name) === minted && desk.clock.now() - endedAt < 30 * minuteMs) {
    await wantSessions(crowd, name, desk.clock, 1);
    desk.clock.advance(minuteMs / 2);
  }
  if (desk.minted(name) === minted) found.stuck.push(`${name} ${step} after ${minutes} min`);
  found.backAfterMinutes = Math.max(found.backAfterMinutes, (desk.clock.now() - endedAt) / minuteMs);
}

async function unproved(found: Found, { name, step, minutes, programs }: Maintenance, random: () => number) {
  await using desk = await openDesk();
  const crowd = start(desk, programs, random);
  play(desk, name, { name: "server-error", step, status: 500 });
  await wantSessions(crowd, name, desk.clock, Math.max(minutes, 5) * minuteMs);
  found.unproved += 1;
  found.unprovedTries = Math.max(found.unprovedTries, desk.sandbox.journal.count({ step }));
}

/** It opened a session once, the person changed it elsewhere, and the broker hides its refusal behind 500. */
async function changedMpin(): Promise<number> {
  let most = 0;
  for (const name of ["main", "hedge"] as const) {
    await using desk = await openDesk();
    await desk.engine().session(name);
    desk.clock.advance(26 * 3_600_000);
    const step = factorSteps[name][1];
    const mark = desk.sandbox.journal.mark();
    play(desk, name, { name: "server-error", step, status: 500 });
    await wantSessions([desk.engine()], name, desk.clock, 300 * minuteMs);
    most = Math.max(most, desk.sandbox.journal.count({ step, after: mark }));
  }
  return most;
}

/** What leaves for an account that the broker has locked, before a person's unlock(): by automation and by hand. */
async function lockedAccount(): Promise<number> {
  let requests = 0;
  for (const name of ["main", "hedge"] as const) {
    await using desk = await openDesk();
    const step = factorSteps[name][0];
    play(desk, name, { name: "lockout", step, times: 1 });
    await desk
      .engine()
      .session(name)
      .catch(() => undefined);
    const mark = desk.sandbox.journal.mark();
    for (let time = 0; time < 6; time++) {
      for (const program of [desk.engine(), desk.engine()]) {
        await program.session(name).catch(() => undefined);
        await program.login(name).catch(() => undefined);
      }
      desk.clock.advance(20 * minuteMs);
    }
    requests += desk.sandbox.journal.entries({ step: factorSteps[name], after: mark }).length;
  }
  return requests;
}

/** A supervisor that says at each start that the next attempt will succeed, with an MPIN that is wrong. */
async function unlockAtEachStart(starts: number): Promise<{ starts: number; left: number }> {
  let left = 3;
  for (const name of ["main", "hedge"] as const) {
    await using desk = await openDesk();
    for (let time = 0; time < starts; time++) {
      const program = desk.engine({ main: { mpin: "9999" }, hedge: { mpin: "999999" } });
      await program.unlock(name);
      const error: unknown = await program.session(name).catch((thrown: unknown) => thrown);
      if (!isBrokerAuthError(error)) throw new Error("a wrong MPIN opened a session");
      desk.clock.advance(5 * minuteMs);
    }
    const { nubra, kotakNeo } = desk.sandbox;
    const account = (name === "main" ? nubra : kotakNeo).accounts().find((one) => one["name"] === name);
    left = Math.min(left, 3 - Number(account?.["wrongFactors"]));
  }
  return { starts, left };
}

function start(desk: Desk, programs: number, random: () => number): readonly DeskAuth[] {
  return Array.from({ length: programs }, () => desk.engine({ random }));
}

function play({ sandbox }: Desk, name: Name, scenario: Scenario): void {
  if (name === "main") sandbox.nubra.scenarios.set(name, scenario);
  else sandbox.kotakNeo.scenarios.set(name, scenario);
}

function endScenarios({ sandbox }: Desk, name: Name): void {
  if (name === "main") sandbox.nubra.clearScenarios();
  else sandbox.kotakNeo.clearScenarios();
}
