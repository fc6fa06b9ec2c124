import { expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openTrial, said } from "./trial.ts";

it("the program of docs/add-a-scenario.md runs as it stands and prints what it says", async () => {
  await using trial = await openTrial();
  const [program] = readMarkdown("docs/add-a-scenario.md").blocks.filter(({ language }) => language === "ts");
  await trial.write({ "program.ts": program?.text ?? "" });
  expect(await trial.run("program.ts")).toEqual({ code: 0, stdout: said(program?.text), stderr: "" });
  expect(said(program?.text)).toBe("1\n");
}, 60_000);
