import type { ConfigurationWarning } from "@x/config";
import type { Failure } from "./failure.ts";
import { plain } from "./plain-text.ts";
import { styled, tell } from "./terminal.ts";

/** What went wrong, and what to do next, for a person. */
export function tellFailure({ message, action }: Failure): void {
  tell(`${styled("red", "broker-auth:", process.stderr)} ${message}`);
  if (action !== undefined && action !== "") tell(`  ${action}`);
}

export function tellWarnings(warnings: readonly ConfigurationWarning[]): void {
  for (const { message } of warnings) tell(`${styled("yellow", "warning:", process.stderr)} ${plain(message)}`);
}
