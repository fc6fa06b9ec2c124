import type { Sample } from "./sample.ts";

/** Does its work once or many times, and gives what that took. */
export type Contender = () => number | Promise<number>;

export interface RoundsOptions {
  readonly rounds: number;
  /** Rounds before the first one that counts, in which code is compiled and connections are made. Default 2. */
  readonly warmUp?: number;
}

/** Lets the contenders take turns, every other round in reverse, so that what the machine does meanwhile hits all of them alike. */
export async function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, warmUp = 2 }: RoundsOptions,
): Promise<Readonly<Record<Name, Sample>>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await contenders[name]();
      if (round >= 0) samples[name].push(value);
    }
  }
  return samples;
}

/** How long this takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Nanoseconds for each of so many calls that began at `started`, a value of `performance.now()`. */
export function nanosecondsEach(started: number, calls: number): number {
  return ((performance.now() - started) * 1e6) / calls;
}

/** Microseconds for each of so many calls. */
export function microsecondsEach(started: number, calls: number): number {
  return ((performance.now() - started) * 1e3) / calls;
}
