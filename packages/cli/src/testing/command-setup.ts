import type { TestProject } from "vitest/node";
import { BuiltCommand } from "./built-command.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the command that was built for this run. */
    readonly builtCommand: string;
  }
}

/** Builds the command once for all its tests, which start it some 300 times: from source each start costs four times as much. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const command = await BuiltCommand.make();
  project.onTestsRerun(() => command.build());
  project.provide("builtCommand", command.folder);
  return () => command[Symbol.asyncDispose]();
}
