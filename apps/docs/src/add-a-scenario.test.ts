import { expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, programs, said } from "./program-folder.ts";

it("the program of docs/add-a-scenario.md runs as it stands and prints what it says", async () => {
  await using folder = await openProgramFolder();
  const files = programs(readMarkdown("docs/add-a-scenario.md"));
  await folder.write(files);
  expect(said(files["scenario.ts"])).toBe("1\n");
  expect(await folder.run("scenario.ts")).toEqual({ code: 0, stdout: said(files["scenario.ts"]), stderr: "" });
}, 60_000);
