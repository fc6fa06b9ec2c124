import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxClock } from "./clock.ts";
import { MAIN, STILL_AT, get, lastCode, login, openSms, send, verifyOtp, SMS } from "./nubra/plain-client.ts";
import { demoAccounts, startSandbox } from "./sandbox.ts";

const still = () => createSandboxClock({ now: () => STILL_AT });

test("runs all brokers on one clock and one journal", async () => {
  await using sandbox = await startSandbox({ clock: still() });
  expect(sandbox.nubra.clock).toBe(sandbox.clock);
  expect(sandbox.kotakNeo.clock).toBe(sandbox.clock);
  expect(sandbox.zerodha.clock).toBe(sandbox.clock);
  expect(sandbox.angelOne.clock).toBe(sandbox.clock);
  await send({ url: sandbox.nubra.url }, "GET", "/nowhere");
  await send({ url: sandbox.kotakNeo.loginUrl }, "GET", "/nowhere");
  await send({ url: sandbox.kotakNeo.tradingUrl }, "GET", "/nowhere");
  await send({ url: sandbox.zerodha.url }, "GET", "/nowhere");
  await send({ url: sandbox.angelOne.url }, "GET", "/nowhere");
  expect(sandbox.journal.entries().map(({ broker, listener }) => `${broker} ${listener}`)).toEqual([
    "nubra api",
    "kotak-neo login",
    "kotak-neo trading",
    "zerodha api",
    "angel-one api",
  ]);
});

test("has the demo accounts unless it is given others", async () => {
  await using sandbox = await startSandbox({ kotakNeo: { accounts: demoAccounts.kotakNeo.slice(0, 1) } });
  expect(sandbox.nubra.accounts().map(({ name }) => name)).toEqual(demoAccounts.nubra.map(({ name }) => name));
  expect(sandbox.kotakNeo.accounts()).toHaveLength(1);
});

test("hands lint to all brokers, a profile to those that have one, and a broker's own option goes first", async () => {
  await using sandbox = await startSandbox({
    clock: still(),
    lint: true,
    profile: "documented",
    nubra: { profile: "observed" },
  });
  const noisy = await send(sandbox.nubra, "POST", "/sendphoneotp", {
    headers: { "x-device-id": "TS123" },
    body: { phone: SMS.phone, skip_totp: false },
  });
  expect(noisy.status).toBe(400);
  expect((await openSms(sandbox.nubra)).code).toMatch(/^\d{6}$/);
});

test("redirects lead to an origin of its own, which journals", async () => {
  await using sandbox = await startSandbox({
    clock: still(),
    nubra: { scenarios: [{ account: "*", scenario: { name: "redirect", status: 308 } }] },
  });
  const led = await fetch(`${sandbox.nubra.url}/userinfo`);
  expect(led.url).toBe(`${sandbox.elsewhereUrl}/userinfo`);
  expect(sandbox.journal.count({ listener: "elsewhere" })).toBe(1);
});

test("frees every port when it is closed", async () => {
  const first = await startSandbox();
  const ports = {
    nubra: first.nubra.ports["api"],
    login: first.kotakNeo.ports["login"],
    trading: first.kotakNeo.ports["trading"],
  };
  const controlPort = Number(new URL(first.controlUrl).port);
  await first.close();
  const second = await startSandbox({
    nubra: { port: ports.nubra },
    kotakNeo: { loginPort: ports.login, tradingPort: ports.trading },
    controlPort,
  });
  expect(second.nubra.ports["api"]).toBe(ports.nubra);
  await second.close();
});

test("leaves nothing open when one part of it cannot start", async () => {
  await using holder = await startSandbox();
  const taken = Number(new URL(holder.controlUrl).port);
  const free = await startSandbox();
  const port = free.nubra.ports["api"];
  await free.close();
  await expect(startSandbox({ nubra: { port }, controlPort: taken })).rejects.toMatchObject({ code: "port_in_use" });
  const again = await startSandbox({ nubra: { port } });
  await again.close();
});

describe("with a state file", () => {
  let folder: string;
  let stateFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandbox-"));
    stateFile = join(folder, "state.json");
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("a second run meets the sessions, the challenges and the ports of the first", async () => {
    const first = await startSandbox({ stateFile });
    first.clock.advance(3_600_000);
    const { session } = await login(first.nubra);
    const { tempToken } = await openSms(first.nubra);
    const { urls } = first.nubra;
    const { controlUrl } = first;
    await first.close();

    await using second = await startSandbox({ stateFile });
    expect([second.nubra.urls, second.controlUrl]).toEqual([urls, controlUrl]);
    expect(second.clock.offsetMs).toBe(3_630_000);
    expect((await get(second.nubra, "/userinfo", session)).status).toBe(200);
    expect((await verifyOtp(second.nubra, SMS.phone, tempToken, lastCode(second.nubra, "sms"))).status).toBe(201);
    // The journal counts one run.
    expect(second.journal.count({ step: "totp-login" })).toBe(0);
  });

  test("what was answered is on disk, even if the first run never ends", async () => {
    await using first = await startSandbox({ stateFile, clock: still() });
    const { session } = await login(first.nubra);
    expect(await readFile(stateFile, "utf8")).toContain(session);
    const other = first.nubra.otherDeviceLogin("main");
    expect(await readFile(stateFile, "utf8")).toContain(other.sessionToken);
  });

  test("a port of the first run that is taken is named", async () => {
    const first = await startSandbox({ stateFile });
    await expect(startSandbox({ stateFile })).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining("nubra api") as string,
    });
    await first.close();
  });

  test("a port that was asked for goes before the one of the first run", async () => {
    const first = await startSandbox({ stateFile });
    await using second = await startSandbox({
      stateFile,
      nubra: { port: 0 },
      kotakNeo: { loginPort: 0, tradingPort: 0 },
      zerodha: { port: 0 },
      angelOne: { port: 0 },
      controlPort: 0,
    });
    expect(second.nubra.url).not.toBe(first.nubra.url);
    await first.close();
  });

  test("a damaged file is left alone", async () => {
    await writeFile(stateFile, '{"version":1,');
    await expect(startSandbox({ stateFile })).rejects.toMatchObject({ code: "state_file_corrupt" });
    expect(await readFile(stateFile, "utf8")).toBe('{"version":1,');
  });

  test("a locked account stays locked over a restart loop", async () => {
    for (let run = 0; run < 3; run += 1) {
      await using sandbox = await startSandbox({
        stateFile,
        clock: createSandboxClock({ now: () => STILL_AT + run * 60_000 }),
      });
      await send(sandbox.nubra, "POST", "/totp/login", {
        headers: { "x-device-id": "TS123" },
        body: { phone: MAIN.phone, totp: 0 },
      });
    }
    await using sandbox = await startSandbox({ stateFile });
    expect(sandbox.nubra.accounts()[0]).toMatchObject({ locked: true, wrongFactors: 3 });
  });
});

test("an account is told as a user would configure it", async () => {
  await using sandbox = await startSandbox();
  const [main, sms] = demoAccounts.nubra;
  expect(sandbox.nubra.accountInput("main")).toEqual({
    broker: "nubra",
    environment: "sandbox",
    baseUrl: sandbox.nubra.url,
    phone: main?.phone,
    mpin: main?.mpin,
    totpSecret: main?.totpSecret,
  });
  expect(sandbox.nubra.accountInput("sms")).not.toHaveProperty("totpSecret");
  expect(sandbox.nubra.accountInput("sms").phone).toBe(sms?.phone);
  const { name: _, ...hedge } = demoAccounts.kotakNeo[0]!;
  const place = { broker: "kotak-neo", environment: "sandbox", loginBaseUrl: sandbox.kotakNeo.loginUrl };
  expect(sandbox.kotakNeo.accountInput("hedge")).toEqual({ ...hedge, ...place });
  const { name: __, ...customer } = demoAccounts.zerodha[0]!;
  const page = { broker: "zerodha", environment: "sandbox", baseUrl: sandbox.zerodha.url };
  expect(sandbox.zerodha.accountInput("main")).toEqual({ ...customer, ...page });
  const { name: ___, ...client } = demoAccounts.angelOne[0]!;
  const api = { broker: "angel-one", environment: "sandbox", baseUrl: sandbox.angelOne.url };
  expect(sandbox.angelOne.accountInput("main")).toEqual({ ...client, ...api });
  expect(() => sandbox.nubra.accountInput("nobody")).toThrow(expect.objectContaining({ code: "unknown_account" }));
});
