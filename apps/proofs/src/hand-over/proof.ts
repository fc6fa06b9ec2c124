import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { HandOverPlan, HandOverReport } from "./hand-over-worker.ts";
import { most, quantile } from "../harness/numbers.ts";
import { atMost, counted, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";

const median = (values: readonly number[]): number => Math.round(quantile(values, 0.5) * 100) / 100;
const file = new URL("./hand-over-worker.ts", import.meta.url);
// A bound of sanity, not of speed: what is measured depends on the machine.
const saneMs = 500;

export const handOver: Proof = {
  name: "hand-over",
  promises: ["P1"],
  bar: "an account's lock goes from one process to another within half a second; how fast is printed",
  async run(context) {
    await using group = workerGroup(context);
    const plan: HandOverPlan = { directory: join(context.directory, "store") };
    const workers = [group.start(file, plan), group.start(file, plan)] as const;
    for (const worker of workers) await worker.hear();
    const rounds = context.scale === "full" ? 100 : 20;
    // As long as a quick login takes, and as long as a slow one.
    const [quick, slow] = [await times(workers, rounds, 20), await times(workers, Math.ceil(rounds / 5), 300)];
    for (const worker of workers) worker.tell("end");
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

async function times(
  workers: readonly [Worker, Worker],
  rounds: number,
  holdMs: number,
): Promise<{ handOvers: number[]; costs: number[] }> {
  const handOvers: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [holder, waiter] = round % 2 === 0 ? workers : ([workers[1], workers[0]] as const);
    holder.tell(holdMs);
    // Not the holder's report, which comes when it has let go.
    await pause(5);
    waiter.tell(0);
    const [held, waited] = [await holder.hear<HandOverReport>(), await waiter.hear<HandOverReport>()];
    // The waiter may have been faster than the holder, on a machine with much to do.
    if (waited.heldAt < held.heldAt) continue;
    handOvers.push(waited.heldAt - held.letGoAt);
    costs.push(waited.processorMs);
  }
  return { handOvers, costs };
}
