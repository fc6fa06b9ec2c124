import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isOpenToOutside,
  isUnused,
  newestBar,
  noTotpSteps,
  purgedSteps,
  type TotpSteps,
  useStep,
} from "./totp-steps.ts";

const seed = 20310303;
const present = 64_342_500;
const farAhead = present + 660;
const measured = { present, measured: true };
const made = (...steps: readonly number[]): TotpSteps => ({ ...noTotpSteps, made: steps });
const outside = (...steps: readonly number[]): TotpSteps => ({ ...noTotpSteps, outside: steps });

describe("the time steps of an account that has sent no code", () => {
  it("bar nothing", () => {
    expect([isUnused(noTotpSteps), newestBar(noTotpSteps, measured), isOpenToOutside(noTotpSteps, 0)]).toEqual([
      true,
      -1,
      true,
    ]);
    for (const used of [made(0), outside(0), { ...noTotpSteps, floor: 0 }]) expect(isUnused(used)).toBe(false);
  });
});

describe("a step that was used", () => {
  it("bars itself and all before it, as long as it is near", () => {
    expect(newestBar(made(present - 9, present - 1, present - 4), measured)).toBe(present - 1);
    expect(newestBar(made(present + 3), measured)).toBe(present + 3);
  });

  it("far ahead of the broker's time bars nothing else, and is still not used again when its time has come", () => {
    const steps = made(present - 1, farAhead);
    expect(newestBar(steps, measured)).toBe(present - 1);
    expect(newestBar(steps, { present: farAhead, measured: true })).toBe(farAhead);
    expect(newestBar(steps, { present: farAhead - 3, measured: true })).toBe(farAhead);
    expect(newestBar(steps, { present: farAhead + 1, measured: true })).toBe(farAhead);
  });

  it("counts however far ahead it is where the broker's time is not known: the clock may have gone back", () => {
    expect(newestBar(made(farAhead), { present, measured: false })).toBe(farAhead);
  });

  it("by a code from outside bars the next one for codes that are made: another clock has made it", () => {
    expect(newestBar(outside(present), measured)).toBe(present + 1);
    expect(newestBar(outside(present), measured, 0)).toBe(present);
    expect(newestBar({ ...outside(present), made: [present + 2] }, measured)).toBe(present + 2);
  });

  it("is open to no code from outside, nor is an earlier one, unless it lies far ahead", () => {
    for (const steps of [made(present), outside(present), { ...noTotpSteps, floor: present }]) {
      expect([present - 1, present, present + 1].map((step) => isOpenToOutside(steps, step))).toEqual([
        false,
        false,
        true,
      ]);
    }
    expect(isOpenToOutside(made(farAhead), present)).toBe(true);
    expect(isOpenToOutside(made(farAhead), farAhead)).toBe(false);
  });
});

describe("the list of used steps", () => {
  it("is short, and forgets what was used first", () => {
    let steps = noTotpSteps;
    for (let step = 0; step < 100; step++)
      steps = useStep(steps, step, step % 2 === 0 ? "made" : "outside", `code ${step}`);
    expect([steps.made.length, steps.outside.length, steps.codes.length]).toEqual([16, 16, 6]);
    expect([steps.made.at(-1), steps.outside.at(-1), steps.codes.at(-1)]).toEqual([98, 99, "code 99"]);
  });

  it("keeps a step of now behind any number of steps that a wrong clock has used", () => {
    let steps = noTotpSteps;
    for (let step = 0; step < 40; step++) steps = useStep(steps, farAhead + step, "made", undefined);
    steps = useStep(steps, present, "made", undefined);
    expect(newestBar(steps, measured)).toBe(present);
  });

  it("makes no step twice, whatever clocks it is used by", () => {
    const jumps = fc.array(fc.tuple(fc.integer({ min: -700, max: 700 }), fc.integer({ min: 1, max: 4 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(jumps, (moves) => {
        let steps = noTotpSteps;
        let now = present;
        const sent: number[] = [];
        for (const [jump, times] of moves) {
          now += jump;
          for (let time = 0; time < times; time++) {
            const step = Math.max(newestBar(steps, { present: now, measured: true }) + 1, now);
            if (step > now + 3) continue;
            expect(sent).not.toContain(step);
            sent.push(step);
            steps = useStep(steps, step, "made", undefined);
          }
        }
      }),
      { seed },
    );
  });
});

describe("what a purge leaves", () => {
  it("bars the present step, and what was used after it", () => {
    expect(newestBar(purgedSteps(noTotpSteps, present), measured)).toBe(present);
    expect(newestBar(purgedSteps(made(present + 2), present), measured)).toBe(present + 2);
    expect(purgedSteps({ ...noTotpSteps, floor: present + 5 }, present).floor).toBe(present + 5);
  });

  it("bars nothing else where the old step was of a wrong clock, and that step for ever", () => {
    const steps = purgedSteps(made(farAhead), present);
    expect(newestBar(steps, measured)).toBe(present);
    expect(newestBar(steps, { present: farAhead, measured: true })).toBe(farAhead);
  });

  it("is never a new account's: its first code has a bar", () => {
    expect(isUnused(purgedSteps(noTotpSteps, present))).toBe(false);
  });
});
