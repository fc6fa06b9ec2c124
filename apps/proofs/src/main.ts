import { Command, InvalidArgumentError } from "commander";
import { runProof } from "./proof-run.ts";
import { proofs } from "./proofs.ts";

interface Options {
  readonly json?: true;
  readonly short?: true;
  readonly long?: true;
  readonly seed: number;
}

const command = new Command("prove")
  .description("Shows the promises on the sandbox: counts at the broker's side and on the disk.")
  .argument("[names...]", `which proofs; all of them by default: ${proofs.map(({ name }) => name).join(", ")}`)
  .option("--json", "one JSON line for each proof on standard output")
  .option("--short", "the short forms, as npm test runs them")
  .option("--long", "an hour where a proof has a long form")
  .option("--seed <number>", "repeats a run", wholeNumber, Date.now() % 1_000_000)
  .action(prove);

await command.parseAsync();

async function prove(names: readonly string[], options: Options): Promise<void> {
  const stranger = names.find((name) => !proofs.some((proof) => proof.name === name));
  if (stranger !== undefined) command.error(`there is no proof "${stranger}"`, { exitCode: 2 });
  const chosen = names.length === 0 ? proofs : proofs.filter(({ name }) => names.includes(name));
  let failed = 0;
  for (const proof of chosen) {
    const run = await runProof(proof, {
      scale: options.short ? "short" : "full",
      seed: options.seed,
      long: options.long ?? false,
    });
    if (!run.holds) failed += 1;
    const line = `${run.holds ? "proof" : "BROKEN"} ${run.name}: ${run.figure} (${run.bar}) [${run.promises.join(" ")}, seed ${run.seed}, ${run.seconds} s]`;
    console.log(options.json ? JSON.stringify(run) : line);
  }
  if (!options.json) console.log(`${chosen.length - failed} of ${chosen.length} proofs hold`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be a whole number of at most nine digits");
  return Number(text);
}
