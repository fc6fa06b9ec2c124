// The sandbox in Node, and package-client.ts beside it in another runtime. The arguments are that runtime's command line.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startSandbox } from "@x/sandbox";

const [, , runtime = "", ...args] = process.argv;

await using sandbox = await startSandbox();
const accounts = JSON.stringify({
  main: sandbox.nubra.accountInput("main"),
  hedge: sandbox.kotakNeo.accountInput("hedge"),
});
const { stdout } = await promisify(execFile)(runtime, [...args, accounts], { timeout: 60_000 });
const logins = [
  sandbox.journal.count({ account: "main", step: "verifypin", outcome: "accepted" }),
  sandbox.journal.count({ account: "hedge", step: "validate", outcome: "accepted" }),
];
const outcomes = [
  ["main", true],
  ["hedge", true],
];
const { result, runtime: agent } = JSON.parse(stdout) as { readonly result: object; readonly runtime: string };
assert.deepEqual({ ...result, logins }, { outcomes, answers: [200, 200], logins: [1, 1] });
console.log(`2 logins, 2 requests by ${agent}`);
