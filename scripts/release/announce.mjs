// After publishing: a tag and a GitHub release for each version, with its part of the CHANGELOG. May be repeated.
// Usage: announce.mjs <folder with publish-plan.json>, with GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SHA and GITHUB_TOKEN
import fs from "node:fs";
import path from "node:path";
import { notesOf, releasesOf } from "./plan.mjs";

const root = process.cwd();
const [folder = "."] = process.argv.slice(2);
const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_TOKEN } = process.env;
const releases = releasesOf(JSON.parse(fs.readFileSync(path.join(folder, "publish-plan.json"), "utf8")));
for (const { name, version } of releases) {
  const tag = `${name}@${version}`;
  const answer = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/releases`, {
    method: "POST",
    headers: { authorization: `Bearer ${GITHUB_TOKEN}`, accept: "application/vnd.github+json" },
    body: JSON.stringify({ tag_name: tag, target_commitish: GITHUB_SHA, name: tag, body: notes(name, version) }),
  });
  const text = await answer.text();
  const there = answer.status === 422 && text.includes("already_exists");
  if (!answer.ok && !there) throw new Error(`${tag} could not be announced (${answer.status}): ${text}`);
  console.log(`${tag} ${there ? "was announced before" : "is announced"}`);
}

function notes(name, version) {
  const manifest = fs
    .globSync("packages/*/package.json", { cwd: root })
    .find((file) => JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).name === name);
  return notesOf(fs.readFileSync(path.join(root, path.dirname(manifest), "CHANGELOG.md"), "utf8"), version);
}
