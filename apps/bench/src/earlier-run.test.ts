import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { floor, ours } from "./bench.ts";
import { runBench } from "./bench-run.ts";
import { readEarlierRun } from "./earlier-run.ts";
import { report } from "./report.ts";

async function file(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "earlier-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  writeFileSync(join(directory, "run.jsonl"), text);
  return join(directory, "run.jsonl");
}

const measured = (value: number) =>
  runBench(
    {
      name: "invented",
      measures: "nothing",
      run: async () => [
        { what: "one", unit: "ms", figures: [ours("ours", [value]), floor("new here", [1])], goals: [] },
      ],
    },
    "short",
  );

it("each figure is printed beside that of an earlier run, and one that was not there as a dash", async () => {
  const before = await measured(4);
  const kept = {
    ...before,
    comparisons: before.comparisons.map((one) => ({ ...one, figures: one.figures.slice(0, 1) })),
  };
  const earlier = await readEarlierRun(await file(`> bench --json\n${JSON.stringify(kept)}\n`));
  const lines = report(await measured(6), earlier).split("\n");
  expect(lines.find((line) => line.includes("now/then"))).toContain("earlier");
  expect(lines.find((line) => line.includes(" ours "))).toMatch(/6\.00 .* 4\.00 +1\.50$/);
  expect(lines.find((line) => line.includes("new here"))).toMatch(/ - +-$/);
  expect(report(before)).not.toContain("now/then");
});

it.each(["", "no figures", "{}", '{"name":"invented","comparisons":[{}]}', "{"])(
  "a file that holds no earlier run is named: %j",
  async (text) => {
    const path = await file(text);
    await expect(readEarlierRun(path)).rejects.toThrow(path);
  },
);
