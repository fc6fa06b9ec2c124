import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const sandbox = path.join(import.meta.dirname, "../../packages/sandbox/src");

/** The files that every broker of the sandbox has, one for each noun: who knows one broker knows them all. */
const layout = [
  "account.ts",
  "account-state.ts",
  "answer-variants.ts",
  "broker.ts",
  "controls.ts",
  "deviations.ts",
  "faults.ts",
  "login-calls.ts",
  "options.ts",
  "plain-client.ts",
  "refusal.ts",
  "router.ts",
  "routes.ts",
  "sandbox.ts",
  "scenario-effects.ts",
  "scenarios.ts",
  "session-calls.ts",
  "session-gate.ts",
  "socket-frames.ts",
  "sockets.ts",
  "step.ts",
  "token.ts",
];

/**
 * What one broker has besides, and why.
 * @type {Record<string, Record<string, string>>}
 */
const extras = {
  nubra: {
    "snapshot.ts": "Nubra's account states are of another form than those of kept-accounts.ts",
    "otp-calls.ts": "only Nubra logs in by a texted code, with two calls and counted sends of their own",
    "totp-enrolment.ts": "only Nubra lets a client make, enable and disable a TOTP secret",
  },
  "kotak-neo": {
    "login-answer.ts": "both calls of the login answer with the same thirty fields, of which the documents know half",
    "session-refusal.ts": "the trading host refuses in formats that the login host does not have",
  },
  "angel-one": {},
  zerodha: {
    "login-page.ts": "only Zerodha's login starts with a page in a browser, and leads back to an address",
  },
};

const brokers = globSync("*/sandbox.ts", { cwd: sandbox }).map((file) => path.dirname(file));

it("every broker of the sandbox is looked at", () => {
  expect(brokers.toSorted()).toEqual(Object.keys(extras).toSorted());
});

it.each(brokers)("the files of %s are those of every broker, and the extra ones that have a reason", (broker) => {
  const files = globSync("**/*.ts", { cwd: path.join(sandbox, broker) }).filter(
    (file) => !/\.test(-d)?\.ts$/.test(file),
  );
  expect(files.toSorted()).toEqual([...layout, ...Object.keys(extras[broker] ?? {})].toSorted());
});

it.each(brokers)("%s leaves what belongs to no broker to the sandbox's own files", (broker) => {
  const alike = /^(broker|sandbox)\.ts$|\.test(-d)?\.ts$/;
  const shared = globSync("*.ts", { cwd: sandbox }).filter((file) => !alike.test(file));
  expect(shared.filter((file) => existsSync(path.join(sandbox, broker, file)))).toEqual([]);
});
