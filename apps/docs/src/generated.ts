import { readFileSync, writeFileSync } from "node:fs";

/** What tells a reader to leave a document alone, and how it is made anew. */
export function notice(source: string): string {
  return `<!-- Made from ${source}. Do not edit it here: UPDATE_DOCS=1 npm test -- apps/docs writes it anew. -->`;
}

/**
 * What a document holds and what it should hold by its source today. With UPDATE_DOCS=1 it is written first, so that both are the same.
 * @param made the whole document, from what is there
 */
export function compareDocument(
  path: string,
  made: (now: string) => string,
): { readonly now: string; readonly wanted: string } {
  const file = new URL(`../../../${path}`, import.meta.url);
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, made(readText(file)));
  const now = readText(file);
  return { now, wanted: made(now) };
}

/** For a failure: what to do about a document that is out of date. */
export const outOfDate = "run UPDATE_DOCS=1 npm test -- apps/docs";

function readText(file: URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A Markdown table with its columns aligned, as the formatter writes it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
