/**
 * The platform binaries that installed packages ask for and the lockfile does not have. Such a lockfile works here and
 * fails on another platform; it comes from releases whose binaries were not all published.
 * @typedef {{ name: string, version: string, optionalDependencies?: Record<string, string> }} Manifest
 * @param {ReadonlyArray<Manifest>} installed
 * @param {ReadonlySet<string>} locked the lockfile's packages as `name@version`
 * @returns {string[]} one line each
 */
export function missingOptionals(installed, locked) {
  const names = new Set([...locked].map((key) => key.slice(0, key.lastIndexOf("@"))));
  return installed.flatMap(({ name, version, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([wanted, specifier]) => {
        const { package: target, range } = readSpecifier(wanted, specifier);
        return /^\d+\.\d+\.\d+[^\s|]*$/.test(range) ? !locked.has(`${target}@${range}`) : !names.has(target);
      })
      .map(
        ([wanted, specifier]) => `${name}@${version} wants ${wanted}@${specifier}, which the lockfile does not have`,
      ),
  );
}

/** `npm:other@1.0.0` installs another package under the wanted name. */
function readSpecifier(wanted, specifier) {
  const [, target, range] = /^npm:(@?[^@]+)@(.+)$/.exec(specifier) ?? [];
  return { package: target ?? wanted, range: range ?? specifier };
}

/**
 * What binds the lockfile to one registry or server; whoever installs has their own. Deprecation notes are prose and
 * may name hosts.
 * @param {string} text
 * @param {Record<string, { resolution: Record<string, unknown> }>} packages
 * @returns {string[]} one line each
 */
export function namedHosts(text, packages) {
  const addresses = text
    .split("\n")
    .map((line, index) => `line ${index + 1} holds an address: ${line.trim()}`)
    .filter((line) => line.includes("://") && !line.includes(" deprecated: "));
  const sources = Object.entries(packages)
    .filter(([, { resolution }]) => Object.keys(resolution).join() !== "integrity")
    .map(([name]) => `${name} does not come from a registry`);
  return [...addresses, ...sources];
}
