// What changesets ask for, as functions of data.

const bumps = ["patch", "minor", "major"];

/**
 * Reads one file of .changeset.
 * @param {string} text
 * @returns {{ bumps: Record<string, string>, summary: string }} the packages it names with their bumps
 */
export function readChangeset(text) {
  const [, head, summary] = /^---\n(.*?)\n?---\n(.*)$/s.exec(text.replaceAll("\r\n", "\n")) ?? [];
  if (head === undefined || summary === undefined) throw new TypeError("a changeset begins with --- and its packages");
  const named = head.split("\n").filter(Boolean).map(readLine);
  return { bumps: Object.fromEntries(named), summary: summary.trim() };
}

function readLine(line) {
  const [, name, bump] = /^["']?([^"':]+)["']?: (patch|minor|major)$/.exec(line) ?? [];
  if (name === undefined || bump === undefined) throw new TypeError(`a changeset cannot say "${line}"`);
  return [name, bump];
}

/**
 * The greatest bump for each package that is named.
 * @param {ReadonlyArray<{ bumps: Record<string, string> }>} changesets
 * @returns {Record<string, string>}
 */
export function greatestBumps(changesets) {
  const greatest = {};
  for (const [name, bump] of changesets.flatMap((changeset) => Object.entries(changeset.bumps)))
    if (bumps.indexOf(bump) > bumps.indexOf(greatest[name])) greatest[name] = bump;
  return greatest;
}

/**
 * @param {string} version without a pre-release part
 * @param {string} bump
 */
export function nextVersion(version, bump) {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (bump === "major") return `${major + 1}.0.0`;
  return bump === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}
