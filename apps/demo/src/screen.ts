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
    return wrapped([...adopted, ...report.headers].join("; "));
  });
  const called = calls.map(({ account, method, path, status }) => [account, method, path, `${status ?? "no answer"}`]);
  const aliases = use.map(({ alias, account, broker, holdings }) => {
    const found = holdings === null ? "holdings not read" : `${holdings} holding${holdings === 1 ? "" : "s"}`;
    return `${alias} is ${account} (${broker}): ${found}`;
  });
  const addresses = brokersOf(sandbox).map(({ broker, urls }) => [`  ${broker}`, ...Object.values(urls)]);
  const blocks = [
    addresses.length === 0
      ? []
      : ["Sandbox: four brokers on this computer, with invented accounts.", ...columns(addresses)],
    [heading, ...rows.flatMap((row, at) => [row, ...(details[at] ?? [])])],
    [...columns(called), ...failures(calls)],
    [...aliases, ...failures(use)],
  ];
  const filled = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${filled.join("\n\n")}\n`;
}

function failures(reports: readonly { readonly error?: FailureReport }[]): string[] {
  return reports.flatMap(({ error }) =>
    error === undefined ? [] : wrapped(`${error.code}: ${error.message} -> ${error.action}`),
  );
}

/** Rows with their cells below each other, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
  return rows.map((row) => line(row).trimEnd());
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > width) lines.push(indent + word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
