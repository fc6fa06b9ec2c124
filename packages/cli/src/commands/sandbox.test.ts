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
  await expect.poll(() => lines.at(-1), { timeout: 60_000 }).toMatch(/^ {4}apiKey \S+, clientCode /);
  const env: Record<string, string> = {};
  for (const broker of ["nubra", "kotak-neo", "zerodha", "angel-one"]) {
    const at = lines.findIndex((line) => line.startsWith(`  broker-auth init --broker ${broker} `));
    const [, ...args] = (lines[at] ?? "").trim().split(" ");
    expect((await trial.run([...args, "--from-env"])).code).toBe(0);
    const [, account = ""] = readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8").split(`broker: ${broker}`);
    for (const pair of (lines[at + 1] ?? "").trim().split(", ")) {
      expect(pair).toMatch(/^\w+ \S+$/);
      const [field = "", value = ""] = pair.split(" ");
      const variable = new RegExp(`${field}: \\{ env: (\\w+) \\}`).exec(account)?.[1];
      if (variable !== undefined) env[variable] = value;
    }
  }
  expect((await trial.run(["config", "check"], { env })).code).toBe(0);
}, 240_000);
