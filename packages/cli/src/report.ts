import type { ConfigurationWarning } from "@x/config";
import type { Failure } from "./failure.ts";
import { jsonLine } from "./json-output.ts";
import { plain } from "./plain-text.ts";
import { print, styled, tell } from "./terminal.ts";

/** What went wrong, and what to do next: for a person, or as a line of JSON on standard output. */
export async function tellFailure({ message, action, facts }: Failure, asJson: boolean): Promise<void> {
  if (asJson) {
    await print(jsonLine({ error: facts })).catch(() => undefined);
    return;
  }
  tell(`${styled("red", "broker-auth:", process.stderr)} ${message}`);
  if (action !== undefined && action !== "") tell(`  ${action}`);
}

export function tellWarnings(warnings: readonly ConfigurationWarning[]): void {
  for (const { message } of warnings) tell(`${styled("yellow", "warning:", process.stderr)} ${plain(message)}`);
}
