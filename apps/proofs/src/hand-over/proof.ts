import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { most, quantile } from "../harness/numbers.ts";
import { atMost, counted, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";
import type { LockHolder } from "./hand-over-worker.ts";

const median = (values: readonly number[]): number => Math.round(quantile(values, 0.5) * 100) / 100;
const file = new URL("./hand-over-worker.ts", import.meta.url);
// A bound of sanity, not of speed: what is measured depends on the machine.
const saneMs = 500;

export const proof: Proof = {
  promises: ["P1"],
  bar: "an account's lock goes from one process to another within half a second; how fast is printed",
  async run(context) {
    await using group = workerGroup(context);
    const workers = await group.crew<LockHolder>(2, file, join(context.directory, "store"));
    const rounds = context.scale === "full" ? 100 : 20;
    // As long as a quick login takes, and as long as a slow one.
    const [quick, slow] = [await times(workers, rounds, 20), await times(workers, Math.ceil(rounds / 5), 300)];
    for (const worker of workers) await worker.end();
    const all = [...quick.handOvers, ...slow.handOvers];
    return counted({
      "hand-overs": told(all.length),
      "ms at most": atMost(Math.round(most(all)), saneMs),
      "ms p50 after a hold of 20 ms": told(median(quick.handOvers)),
      "after one of 300 ms": told(median(slow.handOvers)),
      "ms of processor time for 300 ms of waiting": told(median(slow.costs)),
    });
  },
};

async function times(workers: readonly Worker<LockHolder>[], rounds: number, holdMs: number) {
  const [handOvers, costs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const [holder, waiter] = [workers[round % 2]!, workers[1 - (round % 2)]!];
    const holding = holder.ask("hold", holdMs);
    await pause(5);
    const waited = await waiter.ask("hold", 0);
    const held = await holding;
    // The waiter may have been faster than the holder, on a machine with much to do.
    if (waited.heldAt < held.heldAt) continue;
    handOvers.push(waited.heldAt - held.letGoAt);
    costs.push(waited.processorMs);
  }
  return { handOvers, costs };
}
