import { atMost, type Bench, floor, ours } from "./bench.ts";
import { takeTurns } from "./rounds.ts";
import { runProgram } from "./source-program.ts";

export const memory: Bench = {
  name: "memory",
  measures: "memory of an account whose session is held, its record in a memory store included",
  async run({ scale }) {
    const count = scale === "full" ? 2_000 : 100;
    const bytes = async (what: string): Promise<number> =>
      Number(await runProgram("memory-of-accounts", ["--expose-gc"], [what, String(count)]));
    const samples = await takeTurns(
      { nubra: () => bytes("nubra"), kotakNeo: () => bytes("kotak-neo"), bare: () => bytes("bare") },
      { rounds: scale === "full" ? 3 : 1, warmUp: 0 },
    );
    return [
      {
        what: `one of ${count} accounts`,
        unit: "byte",
        figures: [
          ours("Nubra", samples.nubra),
          ours("Kotak Neo", samples.kotakNeo),
          floor("token and expiry in a Map", samples.bare),
        ],
        // Half of what it took in November 2026; the least of a few rounds, because what is compiled meanwhile can only add.
        goals: [
          atMost("bytes, Nubra", Math.min(...samples.nubra), 3_900),
          atMost("bytes, Kotak Neo", Math.min(...samples.kotakNeo), 3_900),
        ],
      },
    ];
  },
};
