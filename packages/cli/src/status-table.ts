import { type AccountStatus, formatIndiaTime } from "@x/core";
import { plain } from "./plain-text.ts";
import { stopReason } from "./stop-reason.ts";
import { styled } from "./terminal.ts";

export interface StatusRow extends AccountStatus {
  readonly aliases: readonly string[];
}

/** The states in words. */
export const states: Readonly<
  Record<AccountStatus["state"], readonly [text: string, style: "green" | "red" | "yellow" | "dim"]>
> = {
  logged_in: ["logged in", "green"],
  expired: ["expired", "yellow"],
  logged_out: ["logged out", "dim"],
  pending: ["waits for you", "yellow"],
  login_blocked: ["blocked", "red"],
};

// The first of those that a narrow terminal has no room for: who minted the session is then told below its row.
const byColumn = 5;

/** Accounts as a table for people; what needs a word more stands below its row. */
export function statusTable(
  rows: readonly StatusRow[],
  { now, columns }: { readonly now: number; readonly columns: number },
): string {
  const cells = rows.map((row) => [
    row.account,
    row.broker + (row.environment === "production" ? "" : ` ${row.environment}`),
    states[row.state][0],
    row.expiresAt === undefined ? "-" : shortTime(row.expiresAt),
    row.state === "logged_in" && row.expiresAt !== undefined ? span(row.expiresAt - now) : "-",
    row.state === "logged_in" ? plain(row.mintedBy ?? "-") : "-",
    row.state === "logged_in" ? shortTime(row.generation) : "-",
  ]);
  const heads = ["ACCOUNT", "BROKER", "STATE", "ENDS (IST)", "LEFT", "LOGGED IN BY", "AT (IST)"];
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  // On a narrow terminal the last columns go, and names are cut: a wrapped line is harder to read than one that says less.
  while (widths.length > byColumn - 1 && total(widths) > columns) widths.pop();
  if (total(widths) > columns) widths[0] = Math.max(7, (widths[0] ?? 0) - (total(widths) - columns));
  const line = (row: readonly string[], style: (text: string, column: number) => string): string =>
    widths
      .map((width, column) => style(fitted(row[column] ?? "", width), column))
      .join("  ")
      .trimEnd();
  return [
    line(heads, (text) => styled("bold", text)),
    ...rows.flatMap((row, index) => [
      line(cells[index] ?? [], (text, column) => (column === 2 ? styled(states[row.state][1], text) : text)),
      ...notes(row, now, widths.length > byColumn).map((note) => `  ${note}`),
    ]),
    "",
  ].join("\n");
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, -2);
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function notes(row: StatusRow, now: number, saysBy: boolean): string[] {
  const { account, state, aliases, blockedBy, blockedSince, blockedUntil, attemptsLeft, clockOffsetMs = 0 } = row;
  const found: string[] = [];
  if (!saysBy && state === "logged_in" && row.mintedBy !== undefined)
    found.push(`logged in by ${plain(row.mintedBy)} at ${shortTime(row.generation)}`);
  if (aliases.length > 0) found.push(`also called ${aliases.join(", ")}`);
  if (blockedBy !== undefined) {
    const since = blockedSince === undefined ? "" : ` since ${shortTime(blockedSince)} IST`;
    found.push(stopReason(blockedBy));
    if (blockedUntil === undefined)
      found.push(`no login by itself${since}`, `correct it, or broker-auth unlock ${account}`);
    else found.push(`no login by itself until ${shortTime(blockedUntil)} IST (${span(blockedUntil - now)})`);
  }
  if (state === "pending") found.push(`broker-auth login ${account} goes on with the login that was begun`);
  if (attemptsLeft !== undefined) found.push(`${attemptsLeft} attempts left at the broker`);
  if (Math.abs(clockOffsetMs) > 5000)
    found.push(
      `this clock is ${Math.round(Math.abs(clockOffsetMs) / 1000)} s ${clockOffsetMs > 0 ? "behind" : "ahead of"} the broker's`,
    );
  return found;
}

/** `2031-03-02 10:00`, in India. */
function shortTime(at: number): string {
  return formatIndiaTime(at).slice(0, 16);
}

/** `6 h 12 min`. */
function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return "< 1 min";
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
