import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { workflowProblems } from "./rules.mjs";

const folder = path.join(import.meta.dirname, "../../.github/workflows");
const read = (file) => fs.readFileSync(path.join(folder, file), "utf8");

test.each(fs.readdirSync(folder))("%s has no right that it does not need", (file) => {
  expect(workflowProblems(file, read(file))).toEqual([]);
});

describe("a workflow is refused", () => {
  const [ci, release] = ["ci.yml", "release.yml"];
  const checkout = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
  test.each([
    ["that leaves rights to the default", ci, "permissions: {}", "name2: x", "permissions: {} at the top"],
    ["whose job names no rights", ci, "    permissions:\n      contents: read\n", "", "has no permissions of its own"],
    ["whose job may write", ci, "contents: read", "contents: write", "everything may write contents"],
    ["whose job may do everything", ci, "permissions:\n      contents: read", "permissions: write-all", "write-all"],
    ["whose pull request job may publish", ci, "contents: read", "id-token: write", "may write id-token"],
    ["whose jobs may all publish", release, "contents: read", "id-token: write", "select may write id-token"],
    ["that runs strangers' code with our rights", ci, "pull_request:", "pull_request_target:", "is not to be used"],
    ["that uses a secret", ci, ".ci/run", ".ci/run ${{ secrets.NPM_TOKEN }}", "there is no secret to use"],
    ["that names an action by its tag", ci, checkout, "actions/checkout@v7", "not pinned to a commit"],
    ["whose pin has no version beside it", ci, " # v7.0.1", "", "not pinned to a commit"],
    ["that leaves the token on the disk", ci, "persist-credentials: false", "fetch-depth: 1", "persist-credentials"],
    ["that takes packages from a cache", release, "package-manager-cache: false", "cache: npm", "from a cache"],
    ["that lets packages run scripts", ci, 'NPM_CONFIG_IGNORE_SCRIPTS: "true"', "X: y", "IGNORE_SCRIPTS is not"],
    ["that could run twice at a time", release, "concurrency:", "defaults:", "no concurrency"],
    ["that could hang", ci, "    timeout-minutes: 45\n", "", "has no timeout-minutes"],
    ["that runs what a title says", ci, ".ci/run", ".ci/run ${{ github.head_ref }}", "puts a value into a command"],
    [
      "that hands out the token",
      ci,
      "          persist-credentials",
      "          token: ${{ github.token }}\n          persist-credentials",
      "hands the token",
    ],
    [
      "that publishes without an environment",
      release,
      "environment: npm",
      "continue-on-error: false",
      "has no environment",
    ],
    [
      "that installs packages while it may publish",
      release,
      "run: node scripts/release/publish.mjs release",
      "run: npm ci",
      'runs "npm ci" while it may publish',
    ],
    [
      "that runs an action of others while it may publish",
      release,
      "      - uses: actions/download-artifact",
      "      - uses: owner/action@0123456789012345678901234567890123456789 # v1.0.0\n      - uses: actions/download-artifact",
      "runs owner/action while it may publish",
    ],
  ])("%s", (_title, file, right, wrong, problem) => {
    const text = read(file);
    expect(text).toContain(right);
    expect(
      workflowProblems(
        file,
        text.replace(right, () => wrong),
      ).join("\n"),
    ).toContain(problem);
  });
});
