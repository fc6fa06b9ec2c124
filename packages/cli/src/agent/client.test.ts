import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { type AccountStatus, type BrokerAuth, isBrokerAuthError } from "@x/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { agentClient, type AgentClient, type AgentEvent } from "../agent-client.ts";
import { Trial } from "../testing/trial.ts";

async function startAgent(trial: Trial) {
  const child = trial.start(["agent"]);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  return child;
}

const socketOf = (trial: Trial): string => join(trial.home, "run/broker-auth/agent.sock");

function client(trial: Trial): AgentClient {
  const made = agentClient({ socketPath: socketOf(trial) });
  onTestFinished(() => made.close());
  return made;
}

/** A line to the agent on which the answers of requests to a broker are lost; closed, everything is that arrives. */
async function cutLine(trial: Trial) {
  const folder = join(trial.home, "line");
  mkdirSync(folder, { mode: 0o700 });
  let closed = false;
  const server = createServer((near) => {
    const far = createConnection(socketOf(trial));
    let fetches = false;
    near.on("data", (chunk) => {
      fetches ||= chunk.includes("POST /v1/fetch");
      if (closed) near.destroy();
      else far.write(chunk);
    });
    far.on("data", (chunk) => void (fetches ? near.destroy() : near.write(chunk)));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => undefined).once("close", () => other.destroy());
  }).listen(join(folder, "agent.sock"));
  await once(server, "listening");
  const agent = agentClient({ socketPath: join(folder, "agent.sock") });
  onTestFinished(async () => {
    await agent.close();
    server.close();
  });
  return { agent, close: () => (closed = true) };
}

/** What a program of a user does, written for an engine. */
type EngineInUse = Pick<BrokerAuth, "headers" | "fetch" | "refused" | "on"> & {
  status(account: string): Promise<AccountStatus>;
};
async function program(engine: EngineInUse): Promise<number> {
  const response = await engine.fetch("main", "/portfolio/holdings", { headers: { accept: "application/json" } });
  return response.status + Object.keys(await engine.headers("main")).length;
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : error;
  }
}

describe("agentClient()", { timeout: 240_000 }, () => {
  it("takes an engine's place: headers, sessions, requests and status, of one login for all", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] }, { trading: "main" });
    await startAgent(trial);
    const agent = client(trial);
    expect(await program(agent)).toBe(202);
    const session = await agent.session("trading");
    expect(session).toMatchObject({ account: "main", broker: "nubra", origin: trial.sandbox.nubra.url });
    expect((await fetch(`${session.origin}/userinfo`, { headers: session.headers })).status).toBe(200);
    const status = await agent.status("trading");
    expect(status).toMatchObject({ account: "main", state: "logged_in", generation: session.generation });
    expect([status.expiresAt, status.mintedBy]).toEqual([
      session.expiresAt,
      expect.stringMatching(/^broker-auth agent \(process \d+\)$/),
    ]);
    expect(await agent.refused("main", session.generation)).toBe("alive");
    expect(await agent.refused("main", session.generation - 1)).toBe("replaced");
    expect(trial.logins).toBe(1);
  });

  it("shows no header where a session is printed", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await startAgent(trial);
    const session = await client(trial).session();
    const shown = `${inspect(session)} ${JSON.stringify(session)} ${inspect({ ...session })}`;
    for (const value of Object.values(session.headers)) expect(shown).not.toContain(value);
    expect(Object.keys(session.headers).length).toBeGreaterThan(0);
  });

  it("has a dead session replaced and a read repeated, and an order sent once, with its bytes as they were given", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await startAgent(trial);
    const agent = client(trial);
    await agent.session();
    trial.sandbox.nubra.otherDeviceLogin("main");
    expect((await agent.fetch("main", "/portfolio/holdings")).status).toBe(200);
    expect(trial.logins).toBe(2);
    const body = new Uint8Array([0, 255, 10, 13]);
    const order = await agent.fetch("main", "/orders/v2/single", { method: "POST", body });
    expect(order.status).toBeGreaterThanOrEqual(400);
    expect(await order.text()).not.toBe("");
    expect(trial.sandbox.journal.count({ path: "/orders/v2/single" })).toBe(1);
    const form = await agent.fetch("main", "/orders/v2/multi", {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
    });
    expect(form.headers.get("content-type")).toMatch(/json/);
    expect((await agent.fetch("main", "/userinfo", { method: "HEAD" })).body).toBeNull();
  });

  it("throws what the engine behind it throws, by its code", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], sms: [] });
    await startAgent(trial);
    const agent = client(trial);
    expect(await failure(agent.session("sms"))).toBe("needs_input");
    expect(await failure(agent.session("mian"))).toBe("configuration");
    expect(await failure(agent.status("mian"))).toBe("configuration");
    expect(await failure(agent.fetch("main", "https://elsewhere.example/userinfo"))).toBe("configuration");
    expect(await failure(agent.fetch("main", "/userinfo", { body: "x" }))).toBe("configuration");
    expect(await failure(agent.fetch("main", new Request("http://127.0.0.1/") as never))).toBe("configuration");
    expect(await failure(agent.session("main", { signal: AbortSignal.abort() }))).toBe("aborted");
    expect(() => agentClient({ timeoutMs: 0 })).toThrow(expect.objectContaining({ field: "timeoutMs" }));
    expect(trial.sandbox.nubra.inbox("sms")).toEqual([]);
  });

  it("tells the agent's events, also those of an agent that was started anew, and stops where it is told to", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const first = await startAgent(trial);
    const agent = client(trial);
    const heard: AgentEvent[] = [];
    const stop = agent.on((event) => {
      heard.push(event);
      throw new Error("a listener's fault");
    });
    const types = (): string[] => heard.map(({ type }) => type);
    await vi.waitFor(
      async () => {
        await agent.session();
        if (types().length === 0) {
          trial.sandbox.nubra.otherDeviceLogin("main");
          await agent.fetch("main", "/userinfo");
        }
        expect(types()).toContain("session");
      },
      { timeout: 60_000 },
    );
    expect(heard[0]).toMatchObject({ account: "main", broker: "nubra", at: expect.any(Number) as number });
    first.kill("SIGTERM");
    await once(first, "close");
    await startAgent(trial);
    heard.length = 0;
    await vi.waitFor(
      async () => {
        trial.sandbox.nubra.otherDeviceLogin("main");
        await agent.fetch("main", "/userinfo").catch(() => undefined);
        expect(types()).toContain("session_ended");
      },
      { timeout: 60_000, interval: 1500 },
    );
    stop();
  });

  it("where no agent runs, another user may have planted a socket, or something else answers, it says so and trusts nothing", async () => {
    const trial = await Trial.start();
    const agent = client(trial);
    const none = await agent.session().catch((error: unknown) => error);
    expect(none).toMatchObject({ code: "store_unavailable", action: "Start one: broker-auth agent." });
    const folder = join(trial.home, "run/broker-auth");
    mkdirSync(folder, { mode: 0o755 });
    let connections = 0;
    const planted = createServer(() => (connections += 1)).listen(socketOf(trial));
    await once(planted, "listening");
    expect(await failure(agent.session())).toBe("store_unavailable");
    expect(connections).toBe(0);
    await new Promise((resolve) => planted.close(resolve));
  });

  it("where an answer does not come, what is a read the agent says: GET or not, nothing else may be sent again, and nothing is", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    await startAgent(trial);
    await Promise.all([client(trial).session("main"), client(trial).session("hedge")]);
    const line = await cutLine(trial);
    const lost = (account: string, path: string, method: string) =>
      failure(line.agent.fetch(account, path, { method, ...(method === "POST" ? { body: "{}" } : {}) }));
    expect(await lost("main", "/userinfo", "GET")).toBe("store_unavailable");
    expect(await lost("main", "/totp/generate-secret", "GET")).toBe("outcome_unknown");
    expect(await lost("main", `${trial.sandbox.nubra.url}/totp/generate-secret`, "GET")).toBe("outcome_unknown");
    expect(await lost("main", "/orders/v2/single", "POST")).toBe("outcome_unknown");
    expect(await lost("hedge", "/quick/user/limits", "POST")).toBe("store_unavailable");
    expect(trial.sandbox.journal.count({ path: "/userinfo" })).toBe(1);
    expect(trial.sandbox.journal.count({ path: "/totp/generate-secret" })).toBe(2);
    expect(trial.sandbox.journal.count({ path: "/orders/v2/single" })).toBe(1);
    // Nobody is left who could say it.
    line.close();
    expect(await lost("main", "/userinfo", "GET")).toBe("outcome_unknown");
    await line.agent.close();
    expect(await failure(line.agent.session())).toBe("configuration");
  });
});
