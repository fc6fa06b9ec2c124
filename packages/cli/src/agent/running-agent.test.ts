import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Trial } from "../testing/trial.ts";

async function startAgent(trial: Trial, env: Readonly<Record<string, string>> = {}) {
  const child = trial.start(["agent"], env);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  return child;
}

/** An answer without what each call says anew. */
const shape = (text: string): unknown => ({ ...(JSON.parse(text) as object), expires: "" });

const generationOf = ({ out }: { out: string }): number => (JSON.parse(out) as { generation: number }).generation;

// How long a login may wait for the next code.
const totpStepMs = 30_000;

const storeOf = (trial: Trial): string => join(trial.home, ".local/state/broker-auth");

describe("get and headers where an agent runs", { timeout: 240_000 }, () => {
  it("are answered by it, in the same form, without opening the store", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const input = JSON.stringify({ uri: `${trial.sandbox.nubra.url}/userinfo` });
    const direct = [await trial.run(["headers"]), await trial.run(["get"], { input })];
    await startAgent(trial);
    await trial.run(["headers"]);
    // A store that cannot be opened any more: only the agent, which has it open, can answer.
    chmodSync(join(storeOf(trial), "../../share/broker-auth-keys/store.key"), 0o644);
    const asked = [await trial.run(["headers"]), await trial.run(["get"], { input })];
    expect(asked.map(({ code, out, err }) => [code, shape(out), err])).toEqual(
      direct.map(({ code, out, err }) => [code, shape(out), err]),
    );
    for (const format of ["curl", "env"])
      expect((await trial.run(["headers", "main", "--format", format])).code).toBe(0);
    expect(trial.logins).toBe(1);
  });

  it("a session that another program minted meanwhile is the one that is given out", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await startAgent(trial);
    const generation = async (): Promise<number> =>
      (JSON.parse((await trial.run(["headers"])).out) as { generation: number }).generation;
    const first = await generation();
    await trial.run(["logout", "main"]);
    await trial.run(["login"]);
    expect(await generation()).toBeGreaterThan(first);
    expect(trial.logins).toBe(2);
  });

  it("a session that another program has ended is given out no more", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await startAgent(trial);
    const first = generationOf(await trial.run(["headers"]));
    await trial.run(["logout", "main"]);
    expect(generationOf(await trial.run(["headers"]))).toBeGreaterThan(first);
    expect(trial.logins).toBe(2);
  });

  it.each([
    ["with another configuration", (trial: Trial) => trial.configure({ main: [], hedge: [] })],
    ["with another store", (trial: Trial) => mkdirSync(join(trial.home, "other"), { mode: 0o700 })],
  ])("%s the command answers by itself", async (what, change) => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await startAgent(trial);
    change(trial);
    const env = what.includes("store") ? { XDG_STATE_HOME: join(trial.home, "other") } : undefined;
    const { code, out } = await trial.run(["headers", "main"], env === undefined ? {} : { env });
    expect([code, (JSON.parse(out) as { account: string }).account]).toEqual([0, "main"]);
    const folder = env === undefined ? storeOf(trial) : join(trial.home, "other/broker-auth");
    expect(readFileSync(join(folder, "sessions.db")).byteLength).toBeGreaterThan(0);
  });

  it("what it cannot answer is told by the command itself, from the configuration as it is", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], sms: [] });
    await startAgent(trial);
    expect((await trial.run(["headers", "mian"])).err).toMatch(/did you mean main\?/);
    expect((await trial.run(["headers", "sms"])).code).toBe(3);
    expect((await trial.run(["get"], { input: "nonsense" })).err).toMatch(/is not JSON/);
    expect((await trial.run(["get"], { input: '{"uri":"https://example.com"}' })).code).toBe(2);
  });

  it.each([
    ["what is no agent", (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nnonsense")],
    ["one of another version", (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"version":2}')],
    ["one that hangs up", (socket: Socket) => socket.destroy()],
  ])("%s is passed over", async (_, answer) => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const folder = join(trial.home, "run/broker-auth");
    mkdirSync(folder, { mode: 0o700 });
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      answer(socket);
    }).listen(join(folder, "agent.sock"));
    await once(server, "listening");
    onTestFinished(() => void server.close());
    expect((await trial.run(["headers", "main"])).code).toBe(0);
  });

  it("a socket in a folder that others can enter, or a file in its place, is not asked", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const folder = join(trial.home, "run/broker-auth");
    mkdirSync(folder, { mode: 0o700 });
    chmodSync(folder, 0o755);
    let connections = 0;
    const server = createServer(() => (connections += 1)).listen(join(folder, "agent.sock"));
    await once(server, "listening");
    onTestFinished(() => void server.close());
    expect((await trial.run(["headers", "main"])).code).toBe(0);
    expect(connections).toBe(0);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
    expect((await trial.run(["headers", "main"])).code).toBe(0);
  });

  it("one with another configuration is no reason to be content: the second agent says which it is, and ends with 2", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const child = await startAgent(trial);
    const other = join(trial.folder, "other.yaml");
    writeFileSync(other, readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8"), { mode: 0o600 });
    const { code, out, err } = await trial.run(["--config", other, "agent"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`an agent runs already (process ${child.pid}), with another configuration: `);
  });

  it("one that was stopped holds nobody up: the store answers after a moment, which is told, and one login is made for both", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const child = await startAgent(trial);
    const first = generationOf(await trial.run(["headers"]));
    await trial.run(["logout", "main"]);
    child.kill("SIGSTOP");
    const began = performance.now();
    const without = await trial.run(["headers"]);
    const input = JSON.stringify({ uri: `${trial.sandbox.nubra.url}/userinfo` });
    const helped = await trial.run(["get"], { input });
    // Half of what an agent that logs in may take, and twice what a busy machine does.
    expect(performance.now() - began).toBeLessThan(30_000 + totpStepMs);
    const silent = /^the agent at .*agent\.sock is silent: done without it\n/;
    expect([without.code, helped.code]).toEqual([0, 0]);
    expect([without.err, helped.err]).toEqual([expect.stringMatching(silent), expect.stringMatching(silent)]);
    expect(generationOf(without)).toBeGreaterThan(first);
    child.kill("SIGCONT");
    const again = await trial.run(["headers"]);
    expect([again.err, generationOf(again), trial.logins]).toEqual(["", generationOf(without), 2]);
  });

  it("one that was stopped and goes on carries out nothing that was asked of it meanwhile", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const child = await startAgent(trial);
    await trial.run(["headers"]);
    await trial.run(["logout", "main"]);
    const key = join(storeOf(trial), "../../share/broker-auth-keys/store.key");
    chmodSync(key, 0o644);
    child.kill("SIGSTOP");
    expect((await trial.run(["headers"])).code).toBe(5);
    const second = await trial.run(["agent"]);
    expect([second.code, second.err]).toEqual([5, expect.stringMatching(/an agent runs already and does not answer/)]);
    child.kill("SIGCONT");
    await vi.waitFor(async () => expect((await trial.run(["agent"])).code).toBe(0), { timeout: 60_000 });
    expect(trial.logins).toBe(1);
    expect(trial.sandbox.journal.count({ step: "totp-login" })).toBe(1);
  });

  it("one that was stopped after it had taken the request up holds nobody up: the store answers", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await trial.run(["login"]);
    const folder = join(trial.home, "run/broker-auth");
    mkdirSync(folder, { mode: 0o700 });
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    }).listen(join(folder, "agent.sock"));
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const began = performance.now();
    const { code, err } = await trial.run(["headers", "main"]);
    expect([code, err]).toEqual([0, expect.stringMatching(/is silent: done without it\n$/)]);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(trial.logins).toBe(1);
  });

  it("one that logs in for longer than it may be silent is waited for", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    await startAgent(trial);
    await trial.run(["headers", "main"]);
    // Only the agent has the store open: the answer is its own.
    chmodSync(join(storeOf(trial), "../../share/broker-auth-keys/store.key"), 0o644);
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "slow", ms: 7000, times: 1 });
    const { code, err } = await trial.run(["headers", "hedge"]);
    expect([code, err, trial.logins]).toEqual([0, "", 2]);
  });

  it("one that was stopped in the middle of a login is left, and no second login is made while it may hold the lock", async () => {
    const trial = await Trial.start();
    trial.configure({ hedge: [] });
    const child = await startAgent(trial);
    let log = "";
    child.stderr?.on("data", (chunk) => (log += String(chunk)));
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "slow", ms: 3000, times: 1 });
    const asking = trial.start(["headers", "hedge"]);
    let [out, err] = ["", ""];
    asking.stdout?.on("data", (chunk) => (out += String(chunk)));
    asking.stderr?.on("data", (chunk) => (err += String(chunk)));
    const ended = once(asking, "close");
    await vi.waitFor(() => expect(log).toContain("hedge: logging in at"), { timeout: 60_000, interval: 20 });
    child.kill("SIGSTOP");
    await vi.waitFor(() => expect(err).toMatch(/is silent: done without it\n$/), { timeout: 30_000, interval: 50 });
    expect(trial.logins).toBeLessThan(2);
    child.kill("SIGCONT");
    expect([...((await ended) as unknown[])][0]).toBe(0);
    expect(generationOf({ out })).toBe(generationOf(await trial.run(["headers", "hedge"])));
    expect(trial.logins).toBe(1);
  });

  it("is asked with a configuration as init writes it, whose comments speak of variables", async () => {
    const trial = await Trial.start();
    const set = ["--set", "environment=sandbox", `baseUrl=${trial.sandbox.nubra.url}`];
    const input = "9000000001\n1357\nJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n";
    await trial.run(["init", "--broker", "nubra", "--stdin", ...set], { input });
    await startAgent(trial);
    await trial.run(["headers"]);
    chmodSync(join(storeOf(trial), "../../share/broker-auth-keys/store.key"), 0o644);
    expect((await trial.run(["headers"])).code).toBe(0);
  });
});
