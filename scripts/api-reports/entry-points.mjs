/**
 * The entry points that a published manifest promises, each with the name its report gets. A package that is a command alone promises none.
 * @param {{ publishConfig: { exports?: Record<string, string | { types: string }> } }} manifest
 * @returns {Array<{ name: string, subpath: string, types: string }>}
 */
export function entryPoints({ publishConfig }) {
  return Object.entries(publishConfig.exports ?? {})
    .filter(([, target]) => typeof target === "object")
    .map(([subpath, { types }]) => ({
      name: subpath === "." ? "index" : subpath.slice(2).replaceAll("/", "-"),
      subpath,
      types,
    }));
}

/**
 * @param {ReadonlyArray<string>} files names in a package's folder of reports
 * @param {ReadonlyArray<{ name: string }>} entries
 */
export function strayReports(files, entries) {
  return files.filter((file) => !entries.some(({ name }) => file === `${name}.api.md`)).toSorted();
}

/**
 * The lines that only one of two reports has, the first few of them.
 * @param {string} before
 * @param {string} now
 */
export function firstDifference(before, now) {
  const [old, fresh] = [before, now].map((text) => text.split("\n"));
  const gone = old.filter((line) => !fresh.includes(line)).map((line) => `- ${line.trim()}`);
  const come = fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`);
  const lines = [...gone, ...come];
  if (before === "") return "there is no report yet";
  if (lines.length === 0) return "the same lines in another order";
  const more = lines.length > 12 ? [`  … ${lines.length - 12} more lines`] : [];
  return ["", ...lines.slice(0, 12), ...more].join("\n    ");
}
