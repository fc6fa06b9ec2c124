// What a release has to do, as functions of data.

/**
 * @typedef {object} Release one entry of the plan that changesets writes
 * @property {"publish" | "tag-only"} kind
 * @property {string} name
 * @property {string} version
 * @property {string} access
 * @property {string} tag the one of the registry, such as latest
 * @property {{ path: string, integrity: string }} [tarball] once it is packed
 */

/** @param {{ plan: ReadonlyArray<ReadonlyArray<Release>> }} file */
export function releasesOf({ plan }) {
  return plan.flat().filter(({ kind }) => kind === "publish");
}

/**
 * `version` while changesets wait, `publish` when the registry lacks a version, else `none`.
 * @param {ReadonlyArray<string>} files names in .changeset
 * @param {ReadonlyArray<Release>} releases
 */
export function modeOf(files, releases) {
  if (files.some((file) => file.endsWith(".md") && file !== "README.md")) return "version";
  return releases.length > 0 ? "publish" : "none";
}

/**
 * The registry takes a proof of origin only from the repository that the manifest names.
 * @param {ReadonlyArray<{ name: string, repository?: string | { url?: string } }>} manifests
 * @param {string} repository as `owner/name`
 * @returns {string[]} one line each
 */
export function wrongOrigins(manifests, repository) {
  return manifests
    .map(({ name, repository: named }) => ({ name, url: (typeof named === "string" ? named : named?.url) ?? "" }))
    .filter(({ url }) => ![`/${repository}`, `:${repository}`].some((end) => url.replace(/\.git$/, "").endsWith(end)))
    .map(({ name, url }) => `${name}: "repository" is ${url || "missing"}, and this is ${repository}`);
}

/**
 * The notes of one version in a CHANGELOG.md, without their headline.
 * @param {string} changelog
 * @param {string} version
 */
export function notesOf(changelog, version) {
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`${version}\n`));
  return section?.slice(version.length).trim() ?? "";
}
