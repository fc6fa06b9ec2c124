// Before a package is packed its README's links become addresses, which work on the registry's page; afterwards it is as it was.
//   "prepack": "node ../../scripts/release/packed-readme.mjs", "postpack": the same with --restore
import fs from "node:fs";
import path from "node:path";
import { repositoryHome, withAbsoluteLinks } from "./addresses.mjs";

const folder = process.cwd();
const [readme, kept] = ["README.md", ".README.md"].map((name) => path.join(folder, name));

if (process.argv.includes("--restore")) {
  if (fs.existsSync(kept)) fs.renameSync(kept, readme);
} else {
  const root = path.join(folder, "../..");
  const directory = path.relative(root, folder).split(path.sep).join("/");
  const text = fs.readFileSync(readme, "utf8");
  fs.writeFileSync(kept, text);
  fs.writeFileSync(readme, withAbsoluteLinks(text, repositoryHome(root), directory));
}
