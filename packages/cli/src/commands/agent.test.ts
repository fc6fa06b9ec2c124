import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { get as httpGet } from "node:http";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { call } from "../testing/socket-call.ts";
import { Trial } from "../testing/trial.ts";

interface Running {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socket: string;
  readonly gateway: string;
  readonly seen: () => string;
}

/** Starts an agent and waits until it serves. */
async function startAgent(trial: Trial, ...args: string[]): Promise<Running> {
  const child = trial.start(["agent", ...args]);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  child.stderr?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  const folder = join(trial.env["XDG_RUNTIME_DIR"] ?? "", "broker-auth");
  return { child, folder, socket: join(folder, "agent.sock"), gateway: join(folder, "gateway.sock"), seen: () => seen };
}

function post(socketPath: string, path: string, input: unknown) {
  return call({ socketPath, path, method: "POST" }, JSON.stringify(input));
}

describe("broker-auth agent", { timeout: 240_000 }, () => {
  it("gives out headers on a socket of this user alone, and says which session they are of", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] }, { trading: "main" });
    const { socket, folder } = await startAgent(trial);
    expect([lstatSync(folder).mode & 0o777, lstatSync(socket).mode & 0o777]).toEqual([0o700, 0o600]);
    const { status, body } = await post(socket, "/v1/headers", { account: "trading" });
    expect(status).toBe(200);
    const { headers, generation, origin } = JSON.parse(body) as {
      headers: Record<string, string>;
      generation: number;
      origin: string;
    };
    expect((await fetch(`${origin}/userinfo`, { headers })).status).toBe(200);
    expect(body).not.toMatch(/1357|JBSWY3DP|9000000001/);
    const { body: told } = await post(socket, "/v1/refused", { account: "main", generation });
    expect(JSON.parse(told)).toEqual({ version: 1, account: "main", outcome: "alive" });
    const { body: older } = await post(socket, "/v1/refused", { account: "main", generation: generation - 1 });
    expect(JSON.parse(older)).toMatchObject({ outcome: "replaced" });
  });

  it("a session that a caller saw refused is replaced by one login, with a higher generation", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { socket } = await startAgent(trial);
    const headers = async () => JSON.parse((await post(socket, "/v1/headers", {})).body) as { generation: number };
    const first = await headers();
    trial.sandbox.nubra.otherDeviceLogin("main");
    const { body } = await post(socket, "/v1/refused", { generation: first.generation });
    expect(JSON.parse(body)).toMatchObject({ outcome: "dead" });
    const next = await Promise.all(Array.from({ length: 10 }, headers));
    expect(new Set(next.map(({ generation }) => generation)).size).toBe(1);
    expect(next[0]?.generation).toBeGreaterThan(first.generation);
    expect(trial.logins).toBe(2);
  });

  it("tells events to who subscribes, without secrets", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { socket } = await startAgent(trial);
    let heard = "";
    const subscribed = httpGet({ socketPath: socket, path: "/v1/subscribe" }, (answer) => {
      answer.on("data", (chunk) => (heard += String(chunk)));
    });
    await once(subscribed, "response");
    await post(socket, "/v1/headers", {});
    await vi.waitFor(() => expect(heard).toMatch(/"type":"session","obtainedBy":"login"/), { timeout: 60_000 });
    expect(heard.split("\n")[0]).toMatch(/^\{"version":1,"type":"/);
    expect(heard).not.toMatch(/1357|JBSWY3DP|9000000001|Bearer/);
    subscribed.destroy();
  });

  it("what it cannot answer is JSON with the code, and a status that says who has to act", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], sms: [] });
    const { socket } = await startAgent(trial);
    const code = async (path: string, input: unknown, method = "POST") => {
      const { status, body } = await call(
        { socketPath: socket, path, method },
        typeof input === "string" ? input : JSON.stringify(input),
      );
      return [status, (JSON.parse(body) as { error: { code: string } }).error.code];
    };
    expect(await code("/v1/headers", { account: "mian" })).toEqual([400, "configuration"]);
    expect(await code("/v1/headers", {})).toEqual([400, "configuration"]);
    expect(await code("/v1/headers", { account: 5 })).toEqual([400, "configuration"]);
    expect(await code("/v1/headers", "{")).toEqual([400, "configuration"]);
    expect(await code("/v1/headers", "x".repeat(1_100_000))).toEqual([400, "configuration"]);
    expect(await code("/v1/refused", { account: "main" })).toEqual([400, "configuration"]);
    expect(await code("/v1/headers", { account: "sms" })).toEqual([409, "needs_input"]);
    expect(await code("/v1/secrets", {})).toEqual([404, "configuration"]);
    expect(await code("/v1/headers", "", "DELETE")).toEqual([404, "configuration"]);
    expect(trial.sandbox.nubra.inbox("sms")).toEqual([]);
  });

  it("a second agent finds the first; SIGTERM ends it with 0 and leaves nothing to connect to; what a killed one left is taken over", async () => {
    const trial = await Trial.start();
    trial.configure();
    const first = await startAgent(trial);
    const second = await trial.run(["agent"]);
    expect([second.code, second.out]).toEqual([
      0,
      `an agent runs already (process ${first.child.pid}) at ${first.socket}\n`,
    ]);
    first.child.kill("SIGKILL");
    await once(first.child, "close");
    expect(existsSync(first.socket)).toBe(true);
    const third = await startAgent(trial, "--gateway");
    expect((await call({ socketPath: third.socket, path: "/v1/agent" })).body).toContain(`"pid":${third.child.pid}`);
    third.child.kill("SIGTERM");
    expect((await once(third.child, "close"))[0]).toBe(0);
    expect(readdirSync(third.folder)).toEqual(["agent.lock"]);
  });

  it("of five that start at once one serves", async () => {
    const trial = await Trial.start();
    trial.configure();
    const children = Array.from({ length: 5 }, () => trial.start(["agent"]));
    const texts = children.map((child) => {
      let seen = "";
      child.stdout?.on("data", (chunk) => (seen += String(chunk)));
      return () => seen;
    });
    await vi.waitFor(() => expect(texts.filter((text) => /^agent at/m.test(text()))).toHaveLength(1), {
      timeout: 120_000,
    });
    await vi.waitFor(() => expect(children.filter(({ exitCode }) => exitCode !== null)).toHaveLength(4), {
      timeout: 120_000,
    });
    expect(texts.filter((text) => text().startsWith("agent at"))).toHaveLength(1);
  });

  it.each([
    ["a link in place of the folder", (path: string) => symlinkSync("/tmp", path)],
    ["a folder that others may enter", (path: string) => mkdirSync(path, { mode: 0o755 })],
    ["a file in place of the folder", (path: string) => writeFileSync(path, "")],
  ])("%s is not trusted", async (_, plant) => {
    const trial = await Trial.start();
    trial.configure();
    plant(join(trial.env["XDG_RUNTIME_DIR"] ?? "", "broker-auth"));
    const { code, err } = await trial.run(["agent"]);
    expect([code, err]).toEqual([2, expect.stringMatching(/is not a folder of yours alone/)]);
  });

  it("answers on a port only where it is asked to, with the token, and never a page in a browser", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { seen, folder } = await startAgent(trial, "--http", "0");
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(seen())?.[1]);
    const token = readFileSync(join(folder, "agent.token"), "utf8").trim();
    expect(lstatSync(join(folder, "agent.token")).mode & 0o777).toBe(0o600);
    expect(seen()).not.toContain(token);
    const authorization = `Bearer ${token}`;
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await call({ host: "127.0.0.1", port, path: "/v1/headers", method: "POST", headers }, "{}")).status;
    expect(await ask({ authorization })).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: "Bearer " })).toBe(401);
    expect(await ask({ authorization: `${authorization}x` })).toBe(401);
    expect(await ask({ authorization, host: "evil.example" })).toBe(403);
    expect(await ask({ authorization, host: `localhost:${port}` })).toBe(403);
    expect(await ask({ authorization, host: `evil.example:${port}` })).toBe(403);
    expect(await ask({ authorization, origin: "https://evil.example" })).toBe(403);
    expect(await ask({ authorization, origin: "null" })).toBe(403);
    expect(await ask({ authorization, origin: `http://127.0.0.1:${port}` })).toBe(403);
    expect(await ask({ authorization, "sec-fetch-site": "cross-site" })).toBe(403);
  });

  it("--until logs in by itself where the day is on, and runs the command of --notify once for each change", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], sms: [] });
    const note = join(trial.home, "note");
    const { seen } = await startAgent(
      trial,
      "--until",
      "23:59",
      "--notify",
      `echo "$BROKER_AUTH_ACCOUNT $BROKER_AUTH_CODE" >> ${note}`,
    );
    const [now] = seen().split("\n");
    expect(now).toBeDefined();
    await vi.waitFor(() => expect(seen()).toMatch(/IST main: (logged in until|nothing to do before)/), {
      timeout: 60_000,
    });
    await vi.waitFor(
      () => expect(seen()).toMatch(/IST sms: ([^\n]*OTP[^\n]*broker-auth login sms|nothing to do before)/),
      {
        timeout: 60_000,
      },
    );
    const rests = seen().includes("nothing to do before");
    await vi.waitFor(
      () => expect(existsSync(note) ? readFileSync(note, "utf8") : "").toBe(rests ? "" : "sms needs_input\n"),
      { timeout: 60_000 },
    );
    expect(trial.logins).toBe(rests ? 0 : 1);
    expect((await trial.run(["agent", "--until", "3 pm"])).code).toBe(2);
  });
});
