import { Command } from "commander";
import { runBench } from "./bench-run.ts";
import { benches } from "./benches.ts";
import { type EarlierRun, readEarlierRun } from "./earlier-run.ts";
import { report } from "./report.ts";

interface Options {
  readonly json?: true;
  readonly short?: true;
  readonly compare?: string;
}

const known = benches.map(({ name }) => name).join(", ");
const command = new Command("bench")
  .description("Measures ours, the anchors and the floor in turn on this machine. The ratios count, not the times.")
  .argument("[names...]", `which benches; all of them by default: ${known}`)
  .option("--json", "one JSON line for each bench on standard output")
  .option("--short", "shows only that everything runs, as npm test does; its figures say nothing")
  .option("--compare <file>", "prints each figure beside that of an earlier run, whose --json is in this file")
  .action(bench);

await command.parseAsync();

async function bench(names: readonly string[], options: Options): Promise<void> {
  const stranger = names.find((name) => !benches.some((one) => one.name === name));
  if (stranger !== undefined) command.error(`there is no bench "${stranger}"; there are ${known}`, { exitCode: 2 });
  const earlier = options.compare === undefined ? undefined : await earlierRun(options.compare);
  const chosen = names.length === 0 ? benches : benches.filter(({ name }) => names.includes(name));
  let goals = 0;
  let reached = 0;
  let failed = 0;
  for (const one of chosen) {
    const run = await runBench(one, options.short ? "short" : "full");
    const all = run.comparisons.flatMap((comparison) => comparison.goals);
    goals += all.length;
    reached += all.filter((goal) => goal.reached).length;
    if (run.failure !== undefined) failed += 1;
    console.log(options.json ? JSON.stringify(run) : report(run, earlier));
  }
  if (!options.json)
    console.log(`${reached} of ${goals} bars reached${failed === 0 ? "" : `, ${failed} not measured`}`);
  // A missed bar is a figure, not a failure: on a busy machine it may be the machine's.
  process.exitCode = failed === 0 ? 0 : 1;
}

// Before anything is measured.
async function earlierRun(path: string): Promise<EarlierRun> {
  try {
    return await readEarlierRun(path);
  } catch (error) {
    return command.error(error instanceof Error ? error.message : String(error), { exitCode: 2 });
  }
}
