/* oxlint-disable import/no-nodejs-modules -- of our own tests only, no part of the kits */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { BrokerAuth } from "../src/broker-auth.ts";
import { createBrokerAuth } from "../src/create-broker-auth.ts";
import { memoryStore } from "../src/record/memory-store.ts";
import { fakeClock, type FakeClock } from "../src/testing/fake-clock.ts";
import { toyOrigin } from "./toy-adapter.ts";
import { toy, type ToyBroker, toyBroker, toyTotpSecret } from "./toy-broker.ts";

export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface SocketEnvironment {
  readonly auth: BrokerAuth<ReturnType<typeof toy>, "main", "trading">;
  readonly broker: ToyBroker;
  readonly clock: FakeClock;
  readonly origin: string;
  /** Requests that arrived whole at the server. */
  readonly arrived: readonly Arrived[];
}

export interface SocketEnvironmentOptions {
  readonly provider?: ReturnType<typeof toy>;
  /** In place of the platform's, for requests to the server. */
  readonly fetch?: typeof fetch;
}

/**
 * The toy broker's account with its trading calls at a real server on this machine, as they leave over a socket; its login stays in memory.
 * Everything is gone at the end of the test.
 */
export async function openSocketEnvironment(
  answer: (response: ServerResponse, request: Arrived) => void,
  { provider = toy(), fetch: given = fetch }: SocketEnvironmentOptions = {},
): Promise<SocketEnvironment> {
  const arrived: Arrived[] = [];
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const server = createServer((request, response) => {
    // One broker has one time.
    response.setHeader("date", new Date(clock.now()).toUTCString());
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      arrived.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const broker = toyBroker(clock);
  const authorize: typeof provider.authorize = (...asked) => ({ ...provider.authorize(...asked), origin });
  const auth = createBrokerAuth({
    brokers: [{ ...provider, authorize, serves: (address) => address === origin }],
    accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
    use: { trading: "main" },
    store: memoryStore(),
    fetch: (input, init) => ((input as string).startsWith(toyOrigin) ? broker.fetch : given)(input, init),
    random: () => 0,
    clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
  });
  onTestFinished(async () => {
    await auth.close();
    server.closeAllConnections();
    server.close();
  });
  await auth.session("main");
  return { auth, broker, clock, origin, arrived };
}
