import { expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openTrial, programs, said } from "./trial.ts";

it("the program of docs/add-a-scenario.md runs as it stands and prints what it says", async () => {
  await using trial = await openTrial();
  const files = programs(readMarkdown("docs/add-a-scenario.md"));
  await trial.write(files);
  expect(said(files["scenario.ts"])).toBe("1\n");
  expect(await trial.run("scenario.ts")).toEqual({ code: 0, stdout: said(files["scenario.ts"]), stderr: "" });
}, 60_000);
