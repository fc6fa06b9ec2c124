// Where the project lives on the web: `repository`, `homepage` and `bugs` of every package come from the root's package.json.
//   node scripts/release/addresses.mjs https://github.com/you/broker-auth    sets it everywhere
import fs from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../..");

/**
 * What a package.json says of its address.
 * @param {string} home of the repository, without a slash at its end
 * @param {string} [directory] of the package in the repository
 */
export function addressesAt(home, directory) {
  const place = directory === undefined ? {} : { directory };
  return {
    repository: { type: "git", url: `git+${home}.git`, ...place },
    homepage: directory === undefined ? `${home}#readme` : `${home}/tree/main/${directory}#readme`,
    bugs: { url: `${home}/issues` },
  };
}

/** The repository's home, as the root's package.json has it. @param {string} [folder] of the repository */
export function repositoryHome(folder = root) {
  const { repository } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  return repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
}

/**
 * A README as the registry shows it: links into the repository lead to its home.
 * @param {string} markdown
 * @param {string} home
 * @param {string} directory of the file in the repository
 */
export function withAbsoluteLinks(markdown, home, directory) {
  return markdown.replace(/\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)/g, (_, target, anchor = "") => {
    const file = path.posix.normalize(path.posix.join(directory, target)).replace(/\/$/, "");
    const kind = /\.[a-z]+$/.test(file) ? "blob" : "tree";
    const address = file === "." ? home : `${home}/${kind}/main/${file}`;
    return `](${address}${anchor})`;
  });
}

/** @param {string} home */
function setEverywhere(home) {
  const files = ["package.json", ...fs.globSync("packages/*/package.json", { cwd: root })];
  for (const file of files) {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, file), "utf8"));
    const directory = file === "package.json" ? undefined : path.posix.dirname(file.split(path.sep).join("/"));
    const { name, version, private: hidden, description, keywords, license, ...rest } = manifest;
    const { repository: _, homepage: __, bugs: ___, ...others } = rest;
    const head = Object.entries({ name, version, private: hidden, description, keywords });
    const next = {
      ...Object.fromEntries(head.filter(([, value]) => value !== undefined)),
      ...addressesAt(home, directory),
      license,
      ...others,
    };
    fs.writeFileSync(path.join(root, file), `${JSON.stringify(next, undefined, 2)}\n`);
  }
}

if (process.argv[1] === import.meta.filename) setEverywhere((process.argv[2] ?? repositoryHome()).replace(/\/$/, ""));
