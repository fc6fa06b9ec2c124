#!/usr/bin/env node
import { existsSync } from "node:fs";
import { join } from "node:path";
import { agentPlaces, hasSocket } from "./agent/agent-places.ts";
import { cacheDirectory, compiledFolder } from "./cache-directory.ts";
import { exitCodes } from "./exit-code.ts";
import { KeptScript } from "./kept-script.ts";
import { type QuickCommand, quickCommand } from "./quick-command.ts";
import { print } from "./terminal.ts";

interface AnswerScript {
  answer(asked: QuickCommand): Promise<string | undefined>;
}

const argv = process.argv.slice(2);
const cache = cacheDirectory();
const asked = quickCommand(argv);
let failure: { readonly reason: unknown } | undefined;

if (asked === undefined || !(await isAnswered(asked))) {
  // Node's own default lies below the folder for temporary files, which is every user's.
  const compiled = cache === undefined ? undefined : compiledFolder(cache);
  if (compiled !== undefined) process.getBuiltinModule("node:module").enableCompileCache(compiled);
  const { reportFailure, runCommand } = await import("./command.ts");
  process.exitCode = failure === undefined ? await runCommand(argv, asked) : await reportFailure(failure.reason, argv);
}

/** Whether an agent or the store had the answer: then the program is not even loaded. */
async function isAnswered(command: QuickCommand): Promise<boolean> {
  try {
    const names = hasSocket(agentPlaces()) ? ["agent-answer.cjs", "stored-answer.cjs"] : ["stored-answer.cjs"];
    // The source has no such scripts, they are made of it: then the program answers.
    for (const file of names.map((name) => join(import.meta.dirname, name)).filter((path) => existsSync(path))) {
      const script = new KeptScript<AnswerScript>(file, cache, command.name);
      const text = await script.exports.answer(command);
      if (text === undefined) continue;
      await print(text);
      script.keep();
      // Everything is written and closed, but on Windows, where a pipe may be written to later. What Node would take down piece by piece the
      // system takes down at once.
      if (process.platform !== "win32") process.exit(exitCodes.fine);
      return true;
    }
  } catch (reason) {
    failure = { reason };
  }
  return false;
}
