import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nubra } from "@x/nubra";
import { expect, it, onTestFinished } from "vitest";
import type { Desk } from "../desk.ts";
import { call } from "../testing/socket-call.ts";
import { factsHeader } from "./carried-request.ts";
import { agentClient } from "./client.ts";
import { gateway } from "./gateway.ts";
import { endServer, listenOnSocket } from "./local-server.ts";
import { agentVerbs } from "./verbs.ts";

/** A desk whose broker has taken a request, and whose session is over right after that. */
function deskOf(answer: () => Response): Desk {
  let sent = false;
  const auth = {
    headers: async (_: string, { signal }: { signal?: AbortSignal } = {}) => {
      // A login that nobody asked for would hang here.
      if (sent && signal?.aborted !== true) await new Promise(() => undefined);
      if (sent) throw new RangeError("no session is at hand");
      return { authorization: "Bearer of-the-session" };
    },
    fetch: async () => ((sent = true), answer()),
  } as unknown as Desk["auth"];
  const configuration = { accounts: { main: { broker: "nubra" } }, use: {}, brokers: [nubra()] };
  return { auth, configuration, path: "", [Symbol.asyncDispose]: async () => undefined } as unknown as Desk;
}

const broken = (): Response =>
  new Response(
    new ReadableStream({
      pull: (controller) => controller.error(new TypeError("terminated")),
    }),
  );

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const requests = [
  ["POST", "/orders/v2/single", "outcome_unknown"],
  ["GET", "/userinfo", "broker_unavailable"],
] as const;

it.each(requests)("the gateway says of %s %s whose answer breaks off: %s", async (method, path, code) => {
  const port = await serve(gateway(deskOf(broken), { allowOrders: true, prefix: "" }));
  const { body } = await call({ port, path: `/main${path}`, method });
  expect(JSON.parse(body)).toMatchObject({ error: { code, status: 200 } });
});

it.each(requests)("the agent says of %s %s whose answer breaks off: %s", async (method, input, code) => {
  const port = await serve(agentVerbs(deskOf(broken), { startedAt: 0, until: undefined, path: "" }));
  const facts = Buffer.from(JSON.stringify({ account: "main", input, method, headers: {} })).toString("base64url");
  const { body } = await call({ port, path: "/v1/fetch", method: "POST", headers: { [factsHeader]: facts } });
  expect(JSON.parse(body)).toMatchObject({ error: { code, status: 200 } });
});

it("what the broker said of an order reaches the gateway's caller, whatever becomes of the session after it", async () => {
  const port = await serve(
    gateway(
      deskOf(() => Response.json({ order: "taken" })),
      { allowOrders: true, prefix: "" },
    ),
  );
  const { status, body } = await call({ port, path: "/main/orders/v2/single", method: "POST" });
  expect([status, body]).toEqual([200, '{"order":"taken"}']);
});

it("a request and an answer with the longest headers that brokers' servers take come through the agent", async () => {
  const long = "x".repeat(15_000);
  const folder = mkdtempSync(join(tmpdir(), "broker-auth-agent-"));
  const desk = deskOf(() => new Response("{}", { headers: { "x-long": long } }));
  const server = await listenOnSocket(
    join(folder, "agent.sock"),
    agentVerbs(desk, { startedAt: 0, until: undefined, path: "" }),
  );
  const agent = agentClient({ socketPath: join(folder, "agent.sock") });
  onTestFinished(async () => {
    await agent.close();
    await endServer(server);
    rmSync(folder, { recursive: true });
  });
  const answer = await agent.fetch("main", `/orders/v2/single?note=${long}`, { method: "POST", body: "{}" });
  expect([answer.status, answer.headers.get("x-long")]).toEqual([200, long]);
});
