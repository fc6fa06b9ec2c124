import { Command, InvalidArgumentError } from "commander";
import { runProof } from "./harness/proof-run.ts";
import type { ProofOptions, ProofRow } from "./harness/proof.ts";
import { proofs, proofsByName } from "./proofs.ts";

const known = [...proofs, ...proofsByName];
const names = (list: typeof proofs): string => list.map(({ name }) => name).join(", ");
const command = new Command("prove")
  .description("Shows the promises on the sandbox: counts at the broker's side and on the disk.")
  .argument("[names...]", `which proofs; all of them by default: ${names(proofs)}`)
  .addHelpText("after", `\nBy name only, because the npm registry is needed: ${names(proofsByName)}`)
  .option("--json", "one JSON line for each proof on standard output")
  .option("--short", "the short forms, as npm test runs them")
  .option("--long", "an hour where a proof has a long form")
  .option("--seed <number>", "repeats a run", wholeNumber, Date.now() % 1_000_000)
  .option("--sequence <steps>", "one sequence of the model, as it is printed when it breaks a rule")
  .option("--only <text>", "of a proof with parts, such as shared-stores, those with this text in their name")
  .action(prove);

await command.parseAsync();

interface Given extends Omit<ProofOptions, "scale"> {
  readonly json?: true;
  readonly short?: true;
}

async function prove(wanted: readonly string[], { json, short, ...options }: Given): Promise<void> {
  const stranger = wanted.find((name) => !known.some((proof) => proof.name === name));
  if (stranger !== undefined)
    command.error(`there is no proof "${stranger}"; there are ${names(known)}`, { exitCode: 2 });
  const chosen = wanted.length === 0 ? proofs : known.filter(({ name }) => wanted.includes(name));
  let failed = 0;
  for (const proof of chosen) {
    const run = await runProof(proof, { ...options, scale: short ? "short" : "full" });
    const { name, figure, bar, promises, seed, seconds } = run;
    if (!run.holds) failed += 1;
    const line = `${run.holds ? "proof" : "BROKEN"} ${name}: ${figure} (${bar}) [${promises.join(" ")}, seed ${seed}, ${seconds} s]`;
    if (!json) for (const row of run.rows ?? []) console.log(tableLine(row));
    console.log(json ? JSON.stringify(run) : line);
  }
  if (!json) console.log(`${chosen.length - failed} of ${chosen.length} proofs hold`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function tableLine({ what, outcome, found }: ProofRow): string {
  return `${outcome.padEnd(8)} ${what.padEnd(42)} ${found.replaceAll("\n", "\n    ")}`;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be a whole number of at most nine digits");
  return Number(text);
}
