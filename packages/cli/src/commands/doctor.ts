import { chosenAccounts } from "../account-choice.ts";
import { type Check, type CheckOutcome, examine } from "../checks.ts";
import type { CommonOptions } from "../desk.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { jsonLine } from "../json-output.ts";
import { plain } from "../plain-text.ts";
import { print, styled, wrapped } from "../terminal.ts";

export interface DoctorOptions extends CommonOptions {
  readonly json?: boolean | undefined;
  /** Without anything that belongs to a person: names, paths, addresses. */
  readonly share?: boolean | undefined;
}

/** Looks at everything that a login depends on, and logs nobody in. */
export async function doctor(names: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  const checks = await examine(
    options,
    (configuration) => chosenAccounts(configuration, names),
    options.share === true,
  );
  const failed = checks.some(({ outcome }) => outcome === "bad");
  await print(options.json === true ? jsonLine({ checks }) : checks.map(line).join(""));
  return failed ? exitCodes.unavailable : exitCodes.fine;
}

const marks: Readonly<Record<CheckOutcome, readonly [mark: string, style: "green" | "yellow" | "red" | "dim"]>> = {
  good: ["✓", "green"],
  note: ["!", "yellow"],
  bad: ["✗", "red"],
  unknown: ["-", "dim"],
};

function line({ outcome, about, text }: Check): string {
  const [mark, style] = marks[outcome];
  return `${wrapped(`${styled(style, mark)} ${about.padEnd(15)} ${plain(text)}`, { indent: 18 })}\n`;
}
