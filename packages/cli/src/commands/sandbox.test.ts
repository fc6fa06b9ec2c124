import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { Trial } from "../testing/trial.ts";

it("the sandboxes say for each broker how an account is made there, and what they say makes one", async () => {
  const trial = await Trial.start();
  const child = trial.start(["sandbox"]);
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => lines.push(line));
  await expect.poll(() => lines.at(-1), { timeout: 60_000 }).toMatch(/^ {6}totpSecret +ANGEL/);
  // So no terminal breaks inside a word, and a command can be copied whole.
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const env: Record<string, string> = {};
  for (const broker of ["nubra", "kotak-neo", "zerodha", "angel-one"]) {
    const at = lines.findIndex((line) => line.startsWith(`  broker-auth init --broker ${broker} `));
    expect(lines[at]).toMatch(/ \\$/);
    const [, ...args] = `${lines[at]?.slice(0, -2)} ${lines[at + 1]?.trim()}`.trim().split(" ");
    expect((await trial.run([...args, "--from-env"])).code).toBe(0);
    const [, account = ""] = readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8").split(`broker: ${broker}`);
    const from = at + 2;
    const end = lines.findIndex((line, index) => index >= from && !line.startsWith("      "));
    for (const pair of lines.slice(from, end < 0 ? undefined : end)) {
      expect(pair).toMatch(/^ {6}\w+ +\S+$/);
      const [field = "", value = ""] = pair.trim().split(/ +/);
      const variable = new RegExp(`${field}: \\{ env: (\\w+) \\}`).exec(account)?.[1];
      if (variable !== undefined) env[variable] = value;
    }
  }
  expect((await trial.run(["config", "check"], { env })).code).toBe(0);
}, 240_000);
