import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { brokers } from "./brokers.ts";
import { Trial } from "./testing/trial.ts";

/** What each account of the sandbox holds, in the variables that its adapter names, and where it is. */
function accounts({ sandbox }: Trial): Readonly<Record<string, Readonly<Record<string, string | undefined>>>> {
  return {
    nubra: { ...sandbox.nubra.accountInput("main") },
    "kotak-neo": { ...sandbox.kotakNeo.accountInput("hedge") },
    zerodha: { ...sandbox.zerodha.accountInput("main") },
    "angel-one": { ...sandbox.angelOne.accountInput("main") },
  };
}

it("takes every broker by configuration: init from the environment, one login for all, a status line each, and a doctor without a fault", async () => {
  const trial = await Trial.start();
  const env: Record<string, string> = {};
  const providers = brokers.map((make) => make());
  for (const { broker, fields } of providers) {
    const account = accounts(trial)[broker] ?? {};
    const set: string[] = [];
    for (const [name, { env: variables }] of Object.entries(fields)) {
      const value = account[name];
      if (value === undefined) continue;
      if (name === "environment" || variables === false) set.push(`${name}=${value}`);
      else if (variables?.[0] !== undefined) env[variables[0]] = value;
    }
    const init = ["init", "--broker", broker, "--account", `at-${broker}`, "--from-env", "--set", ...set];
    expect(await trial.run(init, { env })).toMatchObject({ code: 0 });
  }
  const written = readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8");
  for (const { broker } of providers) expect(written).toContain(`broker: ${broker}`);

  // Zerodha's needs a person at its page; the others are not held up by it.
  const { err } = await trial.run(["login", ...providers.map(({ broker }) => `at-${broker}`)], { env });
  const { out } = await trial.run(["status"], { env });
  for (const { broker } of providers) {
    const isPage = broker === "zerodha";
    expect(out).toMatch(new RegExp(`at-${broker} .*${isPage ? "logged out" : "logged in"}`));
  }
  expect(err).toContain("at-zerodha");
  // What is said of a login page names nothing that could be configured.
  expect(err).not.toContain("into the configuration");
  // A call that a broker does not have is no fault of the reader's.
  const doctor = await trial.run(["doctor"], { env });
  expect(doctor.out).not.toContain("✗");
  expect(doctor.out).toMatch(/at-zerodha[^\n]*\n- +clock +this broker has no call/);
  expect(doctor.code).toBe(0);
  const { sandbox } = trial;
  expect(sandbox.angelOne.journal.count({ broker: "angel-one", step: "login", outcome: "accepted" })).toBe(1);
  const given = await trial.run(["headers", "at-angel-one"], { env });
  const bearer: unknown = expect.stringMatching(/^Bearer ./);
  expect(JSON.parse(given.out)).toMatchObject({ broker: "angel-one", headers: { authorization: bearer } });
}, 240_000);
