import { formatIndiaTime } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { CallReport, FailureReport } from "./account-call.ts";
import type { AccountReport, AliasReport, LoginReport } from "./login-report.ts";

// Fits a terminal of the oldest size.
const width = 79;

/** The first round as a person reads it. No line is wider than 79 columns, unless a single word or cell is. */
export function renderReport({ accounts, calls, use }: LoginReport, sandbox: Sandbox | undefined): string {
  const [heading = "", ...rows] = columns([
    ["ACCOUNT", "BROKER", "ENVIRONMENT", "STATE", "EXPIRES AT", "TOOK"],
    ...accounts.map(accountRow),
  ]);
  const blocks = [
    sandbox === undefined ? [] : addresses(sandbox),
    [heading, ...accounts.flatMap((account, index) => [rows[index] ?? "", ...detail(account)])],
    [...columns(calls.map(callRow)), ...failures(calls)],
    [...use.map(aliasLine), ...failures(use)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** One thing that happened at a moment, `21:39:16  main: ...`: the time of day in India, where the exchanges are. */
export function renderMoment(at: number, name: string, text: string): string {
  return wrapped(`${formatIndiaTime(at).slice(11, 19)}  ${name}: ${text}`, "", " ".repeat(10)).join("\n");
}

/** What happened, and what to do about it. */
export function renderFailure({ code, message, action }: FailureReport): string {
  return `${code}: ${message} -> ${action}`;
}

function accountRow({ account, broker, environment, state, expiresAt, tookMs }: AccountReport): string[] {
  const expiry = expiresAt === null ? "-" : formatIndiaTime(Date.parse(expiresAt));
  return [account, broker, environment, state.replace("_", " "), expiry, `${tookMs} ms`];
}

function detail(report: AccountReport): string[] {
  if (report.error !== undefined) return failures([report]);
  return wrapped([...obtained(report), ...report.headers].join("; "), "    ", "    ");
}

function obtained({ obtainedBy }: AccountReport): string[] {
  return obtainedBy === "store" ? ["adopted from the store, no login"] : [];
}

function callRow({ account, method, path, status }: CallReport): string[] {
  return [account, method, path, status === null ? "no answer" : String(status)];
}

function aliasLine({ alias, account, broker, holdings }: AliasReport): string {
  const found = holdings === null ? "holdings not read" : `${holdings} holding${holdings === 1 ? "" : "s"}`;
  return `${alias} is ${account} (${broker}): ${found}`;
}

function failures(reports: readonly { readonly error?: FailureReport }[]): string[] {
  return reports.flatMap(({ error }) => (error === undefined ? [] : wrapped(renderFailure(error), "    ", "    ")));
}

function addresses({ nubra, kotakNeo }: Sandbox): string[] {
  return [
    "Sandbox: both brokers on this computer, with invented accounts.",
    `  nubra      ${nubra.url}`,
    `  kotak-neo  ${kotakNeo.loginUrl} (login), ${kotakNeo.tradingUrl} (trading)`,
  ];
}

/** Rows with their cells below each other, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => line(row).trimEnd());
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
