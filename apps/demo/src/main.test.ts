import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoAccounts, type Sandbox, startSandbox } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DemoProcess, type DemoResult, runDemoProcess } from "./testing/demo-process.ts";

// Values that nothing else in an output can contain by chance.
const planted = {
  nubra: { phone: "9000047153", mpin: "804613", totpSecret: "PLANTEDNUBRASECRETPLANTED2345672" },
  kotakNeo: {
    accessToken: "5a4db0c5-7777-4000-8000-00000bade5a1",
    mobileNumber: "+919000058264",
    ucc: "QW83P",
    mpin: "915724",
    totpSecret: "PLANTEDKOTAKSECRETPLANTED2345672",
  },
};

let folder = "";
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
  sandbox = await startSandbox({
    nubra: { accounts: [{ name: "main", email: "planted@example.com", userId: 7, ...planted.nubra }] },
    kotakNeo: { accounts: [{ name: "hedge", ...planted.kotakNeo }] },
  });
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

function variables(account: object, prefix: string): [name: string, value: string][] {
  return Object.entries(account).map(([field, value]) => [`${prefix}_${field}`, String(value)]);
}

function references(account: object, prefix: string): object {
  return Object.fromEntries(Object.keys(account).map((field) => [field, { env: `${prefix}_${field}` }]));
}

/** Runs the demo on a configuration file whose accounts are those of the test's own sandbox, with some fields replaced. */
async function runOnPlanted(
  args: readonly string[],
  replaced: { readonly main?: object; readonly hedge?: object } = {},
): Promise<DemoResult> {
  const main = { ...planted.nubra, ...replaced.main };
  const hedge = { ...planted.kotakNeo, ...replaced.hedge };
  const configuration = {
    accounts: {
      main: { broker: "nubra", environment: "sandbox", baseUrl: sandbox.nubra.url, ...references(main, "MAIN") },
      hedge: {
        broker: "kotak-neo",
        environment: "sandbox",
        loginBaseUrl: sandbox.kotakNeo.loginUrl,
        ...references(hedge, "HEDGE"),
      },
    },
    use: { trading: "main" },
  };
  await writeFile(join(folder, "accounts.json"), JSON.stringify(configuration));
  const env = Object.fromEntries([...variables(main, "MAIN"), ...variables(hedge, "HEDGE")]);
  return runDemoProcess(["--config", "accounts.json", "--no-sandbox", ...args], { cwd: folder, env });
}

/** Everything that must never be printed: what was configured, and what the brokers granted. */
function secretsOf(arrived: Sandbox["journal"]): string[] {
  const headers = arrived.entries().flatMap((entry) => {
    const names = ["authorization", "x-device-id", "x-temp-token", "auth", "sid"];
    return names.map((name) => entry.headers[name]?.replace(/^Bearer /, "") ?? "");
  });
  return [...Object.values(planted.nubra), ...Object.values(planted.kotakNeo), "9000058264", ...headers].filter(
    Boolean,
  );
}

describe("the demo as a process", { timeout: 60_000 }, () => {
  it("logs in once at each broker, and prints one line of JSON and nothing else", async () => {
    const { code, stdout, stderr } = await runOnPlanted(["--once", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const live = {
      environment: "sandbox",
      state: "logged_in",
      expiresAt: isoTime,
      obtainedBy: "login",
      tookMs: expect.any(Number),
    };
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      accounts: [
        {
          account: "main",
          broker: "nubra",
          ...live,
          headers: ["authorization: Bearer [secret]", "x-device-id: [secret]"],
        },
        {
          account: "hedge",
          broker: "kotak-neo",
          ...live,
          headers: ["auth: [secret]", "sid: [secret]", "neo-fin-key: [secret]"],
        },
      ],
      calls: [
        { account: "main", broker: "nubra", method: "GET", path: "/userinfo", status: 200, ok: true },
        { account: "hedge", broker: "kotak-neo", method: "POST", path: "/quick/user/limits", status: 200, ok: true },
      ],
      use: [{ alias: "trading", account: "main", broker: "nubra", holdings: 1 }],
    });
    const { journal } = sandbox;
    expect(journal.entries({ step: ["totp-login", "verifypin"] }).map(({ outcome }) => outcome)).toEqual([
      "accepted",
      "accepted",
    ]);
    expect(journal.entries({ step: ["login", "validate"] }).map(({ outcome }) => outcome)).toEqual([
      "accepted",
      "accepted",
    ]);
  });

  it("prints no credential and no token, neither as a table nor as JSON nor when a login fails", async () => {
    const runs = [await runOnPlanted(["--once"])];
    // Nothing is kept between two runs, so the second one would send the code of this time step again.
    sandbox.clock.advance(30_000);
    runs.push(await runOnPlanted(["--once", "--json"]));
    sandbox.clock.advance(30_000);
    runs.push(await runOnPlanted(["--once"], { main: { mpin: "915723" }, hedge: { ucc: "QW83R" } }));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 1]);
    const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join("");
    const secrets = [...secretsOf(sandbox.journal), "915723", "QW83R"];
    expect(secrets.length).toBeGreaterThan(20);
    expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
  });

  it("shows a failed account with its code and what to do, leaves the other one alone, and ends with 1", async () => {
    const { code, stdout } = await runOnPlanted(["--once", "--json"], { main: { mpin: "915723" } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      accounts: [
        {
          account: "main",
          state: "login_blocked",
          expiresAt: null,
          error: { code: "pin_rejected", action: expect.stringMatching(/MPIN/) },
        },
        { account: "hedge", state: "logged_in" },
      ],
      calls: [{ account: "hedge", status: 200, ok: true }],
      use: [{ alias: "trading", account: "main", holdings: null }],
    });
    expect(sandbox.journal.count({ step: "verifypin" })).toBe(1);
  });

  it("ends with 1 when a call fails although the logins went well", async () => {
    sandbox.nubra.setScenario("main", { name: "server-error", step: "userinfo" });
    const { code, stdout } = await runOnPlanted(["--once", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, accounts: [{ state: "logged_in" }, { state: "logged_in" }] });
  });

  it("logs in at all four brokers in its own sandbox, a page and a texted code among them, and never uses the credentials that happen to be in the environment", async () => {
    const env = { NUBRA_PHONE: planted.nubra.phone, NUBRA_MPIN: "915724", PHONE_NO: planted.nubra.phone };
    const { code, stdout, stderr } = await runDemoProcess(["--once"], { cwd: folder, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const [name, broker] of [
      ["main", "nubra"],
      ["hedge", "kotak-neo"],
      ["kite", "zerodha"],
      ["angel", "angel-one"],
      ["sms", "nubra"],
    ])
      expect(stdout).toMatch(new RegExp(`^${name} +${broker} +sandbox +logged in +\\d{4}-`, "m"));
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThan(80);
  });

  it("adopts all sessions in a second run, without a login, and says so", async () => {
    const env = { XDG_STATE_HOME: join(folder, "state") };
    const first = await runDemoProcess(["--once", "--json"], { cwd: folder, env });
    expect(JSON.parse(first.stdout)).toMatchObject({
      ok: true,
      accounts: Array.from({ length: 5 }, () => ({ state: "logged_in" })),
      calls: Array.from({ length: 5 }, () => ({ status: 200 })),
    });
    const second = await runDemoProcess(["--once"], { cwd: folder, env });
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout.match(/adopted from the store, no login/g)).toHaveLength(5);
  });

  it("stays up, tells how to try it, and gives its ports back on Ctrl-C", async () => {
    const demo = new DemoProcess(["--no-page"], { cwd: folder });
    const [, body = "", address = ""] = await demo.says(/curl -d '(.*)' (\S+)\n[^]*momentum: main: session by store/);
    // What the hint says, word for word.
    const response = await fetch(address, { method: "POST", body });
    expect(response.status).toBe(200);
    demo.interrupt();
    const { code, stdout, stderr } = await demo.result();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const values = [...demoAccounts.nubra, ...demoAccounts.kotakNeo].flatMap((account) => Object.values(account));
    // Shorter ones could be part of a port or a time by chance; the other tests look for those.
    const long = values.filter((value) => typeof value === "string" && value.length >= 8);
    expect(long.filter((value) => stdout.includes(value))).toEqual([]);
    await expect(listens(new URL(address).port)).resolves.toBe(false);
  });

  it("keeps stdout to the one line while it stays up with --json", async () => {
    const demo = new DemoProcess(["--json"], { cwd: folder });
    await demo.says(/\n/);
    demo.interrupt();
    const { code, stdout } = await demo.result();
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([expect.stringMatching(/^\{"ok":true,/), ""]);
  });
});

function listens(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
