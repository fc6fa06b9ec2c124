/** Which TOTP time steps an account has used, whatever clock it was used by. Outlives sessions, logouts and purges. */
export interface TotpSteps {
  /** Steps of the codes that programs made, in the order of their use. */
  readonly made: readonly number[];
  /** Steps in which a code from outside was sent. It may be of a neighbouring step: another clock has made it. */
  readonly outside: readonly number[];
  /** No code of this step or an earlier one is sent; -1 for none. A purge leaves it, in place of what it forgets. */
  readonly floor: number;
  /** Fingerprints of the last codes, whoever made them. */
  readonly codes: readonly string[];
}

/** A moment as far as time steps go. */
export interface StepTime {
  /** The time step of now, by the broker's clock as well as it is known. */
  readonly present: number;
  /** Whether the broker's clock is known. */
  readonly measured: boolean;
}

export const noTotpSteps: TotpSteps = { made: [], outside: [], floor: -1, codes: [] };

/** Length of a TOTP time step in milliseconds: both brokers use the common profile of 30 s, six digits, SHA-1. */
export const totpPeriodMs = 30_000;

// A step that lies further ahead was written by a clock that was wrong then, or the clock is wrong now.
const nearSteps = 3;
const rememberedSteps = 16;
const rememberedCodes = 6;

/** Whether an account has never sent a TOTP code, as far as its record knows. */
export function isUnused({ made, outside, floor }: TotpSteps): boolean {
  return made.length === 0 && outside.length === 0 && floor === -1;
}

/**
 * The newest step that bars others: a code is made for a later one only. A step far ahead of the broker's time bars none but itself; where the
 * broker's time is not known, it may be the clock that has gone back, and the step counts.
 * @param neighbours how many steps after one in which a code from outside was sent are barred with it: what a phone showed in a step may be the
 * code of the next one
 */
export function newestBar(
  { made, outside, floor }: TotpSteps,
  { present, measured }: StepTime,
  neighbours: 0 | 1 = 1,
): number {
  const bars = [...made, ...outside.map((step) => step + neighbours), floor];
  return Math.max(-1, ...bars.filter((step) => !measured || step <= present + nearSteps));
}

/** Whether a code from outside may be sent in this step. It is not of our making, so only what is near counts. */
export function isOpenToOutside({ made, outside, floor }: TotpSteps, step: number): boolean {
  return [...made, ...outside, floor].every((used) => used < step || used > step + nearSteps);
}

/** Whether a program's own code may be sent in this step: no later one bars it, and none was sent in it. */
export function isOpenToPrograms(steps: TotpSteps, step: number, time: StepTime): boolean {
  return step > newestBar(steps, time) && !steps.made.includes(step);
}

/** Takes note of a step that is about to be used. */
export function useStep(steps: TotpSteps, step: number, by: "made" | "outside", code: string | undefined): TotpSteps {
  const codes = code === undefined ? steps.codes : [...steps.codes, code].slice(-rememberedCodes);
  return { ...steps, [by]: [...steps[by], step].slice(-rememberedSteps), codes };
}

/** What a purge leaves of it: nobody can say any more what was sent in the present step. */
export function purgedSteps(steps: TotpSteps, present: number): TotpSteps {
  return { ...steps, floor: Math.max(steps.floor, present) };
}
