import { formatIndiaTime } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { FailureReport } from "./account-call.ts";
import { brokersOf } from "./desk/sandbox-side.ts";
import type { LoginReport } from "./login-report.ts";

// Fits a terminal of the oldest size.
const width = 79;
const indent = "    ";

/** The first round as a person reads it. No line is wider than 79 columns, unless a single word or cell is. */
export function renderReport({ accounts, calls, use }: LoginReport, sandbox: Sandbox | undefined): string {
  const [heading = "", ...rows] = columns([
    ["ACCOUNT", "BROKER", "ENVIRONMENT", "STATE", "EXPIRES AT", "TOOK"],
    ...accounts.map(({ account, broker, environment, state, expiresAt, tookMs }) => {
      const expiry = expiresAt === null ? "-" : formatIndiaTime(Date.parse(expiresAt));
      return [account, broker, environment, state.replace("_", " "), expiry, `${tookMs} ms`];
    }),
  ]);
  const details = accounts.map((report) => {
    if (report.error !== undefined) return failures([report]);
    const adopted = report.obtainedBy === "store" ? ["adopted from the store, no login"] : [];
    return wrapped([...adopted, ...report.headers].join("; "), indent, indent);
  });
  const called = calls.map(({ account, method, path, status }) => [
    account,
    method,
    path,
    String(status ?? "no answer"),
  ]);
  const aliases = use.map(({ alias, account, broker, holdings }) => {
    const found = holdings === null ? "holdings not read" : `${holdings} holding${holdings === 1 ? "" : "s"}`;
    return `${alias} is ${account} (${broker}): ${found}`;
  });
  const blocks = [
    sandbox === undefined ? [] : addresses(sandbox),
    [heading, ...rows.flatMap((row, at) => [row, ...(details[at] ?? [])])],
    [...columns(called), ...failures(calls)],
    [...aliases, ...failures(use)],
  ];
  const filled = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${filled.join("\n\n")}\n`;
}

function failures(reports: readonly { readonly error?: FailureReport }[]): string[] {
  return reports.flatMap(({ error }) =>
    error === undefined ? [] : wrapped(`${error.code}: ${error.message} -> ${error.action}`, indent, indent),
  );
}

function addresses(sandbox: Sandbox): string[] {
  const urls = brokersOf(sandbox).map(({ broker, urls: found }) => [`  ${broker}`, ...Object.values(found)]);
  return ["Sandbox: four brokers on this computer, with invented accounts.", ...columns(urls)];
}

/** Rows with their cells below each other, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function wrapped(text: string, first: string, following: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(first + word);
    else if (last.length + 1 + word.length > width) lines.push(following + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
