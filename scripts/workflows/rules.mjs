import { parse } from "yaml";

/** What a job may have beyond reading this repository. Another one is a line here, which is looked at in review. */
const granted = {
  "release.yml version": ["contents", "pull-requests"],
  "release.yml publish": ["id-token"],
  "release.yml announce": ["contents"],
};

/** Those that put code of strangers beside rights of ours. */
const dangerousTriggers = ["pull_request_target", "workflow_run", "issue_comment"];

/**
 * What a workflow may not do.
 * @param {string} file its name in .github/workflows
 * @param {string} text
 * @returns {string[]} one line each
 */
export function workflowProblems(file, text) {
  const workflow = parse(text);
  const jobs = Object.entries(workflow.jobs);
  return [...wholeProblems(workflow, text), ...jobs.flatMap(([name, job]) => jobProblems(file, name, job))].map(
    (problem) => `${file}: ${problem}`,
  );
}

function wholeProblems({ on, permissions, concurrency, env }, text) {
  const triggers = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  const unpinned = text
    .split("\n")
    .filter((line) => /^\s*-?\s*uses:/.test(line))
    .filter((line) => !/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
  return [
    ...(JSON.stringify(permissions) === "{}"
      ? []
      : ["rights have to be named by each job: permissions: {} at the top"]),
    ...(concurrency ? [] : ["two runs could meet: no concurrency"]),
    ...["NPM_CONFIG_IGNORE_SCRIPTS", "PNPM_CONFIG_IGNORE_SCRIPTS"]
      .filter((name) => env?.[name] !== "true")
      .map((name) => `${name} is not "true"`),
    ...triggers.filter((name) => dangerousTriggers.includes(name)).map((name) => `${name} is not to be used`),
    ...(/\bsecrets\b/.test(text) ? ["there is no secret to use, and no job inherits any"] : []),
    ...unpinned.map((line) => `not pinned to a commit with its version beside it: ${line.trim()}`),
  ];
}

function jobProblems(file, name, job) {
  const extra = granted[`${file} ${name}`] ?? [];
  const { permissions = {}, steps = [] } = job;
  const rights = Object.entries(permissions).filter(([, right]) => right !== "none");
  const tooMuch = rights.filter(([what, right]) => !(what === "contents" && right === "read") && !extra.includes(what));
  const publishes = rights.some(([what]) => what === "id-token");
  const runs = steps.flatMap(({ run }) => run ?? []);
  return [
    ...(job.permissions ? [] : ["has no permissions of its own"]),
    ...(typeof permissions === "string" ? [`permissions: ${permissions}`] : []),
    ...tooMuch.map(([what, right]) => `may ${right} ${what}`),
    ...(job["timeout-minutes"] ? [] : ["has no timeout-minutes"]),
    ...(job.uses ? ["is a workflow of somebody else's"] : []),
    ...runs.filter((run) => run.includes("${{")).map((run) => `puts a value into a command: ${run}`),
    ...steps.flatMap((step) => stepProblems(step, extra)),
    ...(publishes ? publisherProblems(job, runs) : []),
  ].map((problem) => `${name} ${problem}`);
}

function stepProblems({ uses = "", with: inputs = {}, env = {} }, extra) {
  const values = JSON.stringify([inputs, env]);
  return [
    ...(uses.startsWith("actions/checkout@") && inputs["persist-credentials"] !== false
      ? ["leaves the token in the checkout: persist-credentials"]
      : []),
    // A cache may be filled by a pull request.
    ...(uses.startsWith("actions/setup-node@") && (inputs["package-manager-cache"] !== false || inputs.cache)
      ? ["takes packages from a cache"]
      : []),
    ...(/github\.token|GITHUB_TOKEN/.test(values) && !extra.includes("contents") ? ["hands the token to a step"] : []),
  ];
}

/** The job that can speak for this repository runs nothing that was installed. */
function publisherProblems({ environment, steps }, runs) {
  const known = ["actions/checkout", "actions/setup-node", "actions/download-artifact"];
  const others = steps
    .map(({ uses = "" }) => uses.split("@")[0])
    .filter((action) => action !== "" && !known.includes(action));
  return [
    ...(environment ? [] : ["has no environment"]),
    ...others.map((action) => `runs ${action} while it may publish`),
    ...runs
      .filter((run) => !/^node scripts\/release\/[\w.]+ [\w.]+$/.test(run))
      .map((run) => `runs "${run}" while it may publish`),
  ];
}
