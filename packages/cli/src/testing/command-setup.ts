import type { TestProject } from "vitest/node";
import { BuiltCommand } from "./built-command.ts";
import { clockShiftMs } from "./clock-shift.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the command that was built for this run. */
    readonly builtCommand: string;
    /** How far the clock of this run is set forward, in milliseconds. */
    readonly clockShiftMs: number;
  }
}

/** Builds the command once for all its tests, which start it some 300 times: from source each start costs four times as much. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const command = await BuiltCommand.make();
  project.onTestsRerun(() => command.build());
  project.provide("builtCommand", command.folder);
  project.provide("clockShiftMs", clockShiftMs(Date.now()));
  return () => command[Symbol.asyncDispose]();
}
