/* oxlint-disable import/no-nodejs-modules -- of our own tests only, no part of the kits */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Runs the garbage collector again and again, with room in between for what it finds, until the work has settled. No flag has to expose it. */
export async function underGarbageCollection<Result>(work: Promise<Result>): Promise<Result> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Seldom enough for a worker whose heap holds many test files: one collection is over before the next one begins.
  const running = setInterval(collect, 100);
  try {
    return await work;
  } finally {
    clearInterval(running);
  }
}
