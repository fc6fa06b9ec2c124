import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { BrokerAuthEvent } from "@x/core";
import { expect, it, onTestFinished } from "vitest";
import type { Desk } from "../desk.ts";
import { listenOnLoopback, endServer } from "./local-server.ts";
import { agentVerbs } from "./verbs.ts";

/** A desk that tells the events that a test makes. */
function talkingDesk() {
  const listeners = new Set<(event: BrokerAuthEvent) => void>();
  const on = (listener: (event: BrokerAuthEvent) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const desk = { auth: { accounts: [], on } } as unknown as Desk;
  return { desk, listeners };
}

it("a subscriber that does not read is ended when 1 MiB waits for it, and the others hear every event", async () => {
  const { desk, listeners } = talkingDesk();
  const { server, port } = await listenOnLoopback(0, agentVerbs(desk, { startedAt: 0, until: undefined, path: "" }));
  onTestFinished(() => endServer(server));
  const subscribe = async (): Promise<IncomingMessage> => {
    const asked = get({ host: "127.0.0.1", port, path: "/v1/subscribe" });
    return ((await once(asked, "response")) as [IncomingMessage])[0];
  };
  const [idle, reader] = [await subscribe(), await subscribe()];
  const ended = new Promise((resolve) => idle.once("error", resolve));
  let heard = 0;
  reader.setEncoding("utf8").on("data", (chunk: string) => (heard += chunk.split("\n").length - 1));
  expect(listeners.size).toBe(2);
  const event = { type: "warning", account: "main", broker: "nubra", at: 0, message: "x".repeat(1000) };
  let told = 0;
  // More than the system keeps for a connection as well.
  while (listeners.size === 2 && told < 64_000) {
    for (let count = 0; count < 100; count += 1) for (const listener of listeners) listener(event as never);
    told += 100;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(listeners.size).toBe(1);
  expect(told).toBeLessThan(32_000);
  await expect.poll(() => heard, { timeout: 30_000 }).toBe(told);
  idle.resume();
  expect(await ended).toMatchObject({ message: "aborted" });
});
