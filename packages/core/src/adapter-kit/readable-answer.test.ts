import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { isReadableAnswer } from "./readable-answer.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

function openTestEnvironment(account: Partial<ToyAccount> = { totpSecret: toyTotpSecret }) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const engine = (fetch: typeof globalThis.fetch) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", ...account } },
      store,
      fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
    });
  // As node-fetch answers: what comes is there, but as no web stream.
  const odd: typeof fetch = async (input, init) => {
    const { status, headers } = await broker.fetch(input, init);
    return { status, headers, body: { pipe: () => undefined } } as unknown as Response;
  };
  return { clock, broker, engine, odd };
}

describe("a fetch whose answers cannot be read is found by something harmless, before a factor is spent", () => {
  const unreadable = { code: "configuration", field: "fetch", account: "main" };

  it("at a login by TOTP, also where the clock need not be asked for", async () => {
    const { clock, broker, engine, odd } = openTestEnvironment();
    await expect(engine(odd).session("main")).rejects.toMatchObject(unreadable);
    expect(broker.requests).toEqual(["/time"]);
    const good = engine((input, init) => broker.fetch(input, init));
    await good.session("main");
    await good.logout("main");
    clock.advance(30_000);
    const before = broker.requests.length;
    await expect(engine(odd).session("main")).rejects.toMatchObject(unreadable);
    expect(broker.requests.slice(before)).toEqual(["/time"]);
  });

  it("at a renewal", async () => {
    const { clock, broker, engine, odd } = openTestEnvironment();
    await engine((input, init) => broker.fetch(input, init)).session("main");
    broker.evict();
    clock.advance(8 * 3_600_000);
    const before = broker.requests.length;
    await expect(engine(odd).session("main")).rejects.toMatchObject(unreadable);
    expect(broker.requests.slice(before)).toEqual(["/time"]);
  });

  it("and one that is known to be readable is asked for nothing more", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const good: typeof fetch = (input, init) => broker.fetch(input, init);
    await engine(good).session("main");
    const auth = engine(good);
    await auth.logout("main");
    clock.advance(30_000);
    const before = broker.requests.length;
    await auth.session("main");
    expect(broker.requests.slice(before)).toEqual(["/totp", "/pin"]);
  });
});

describe("an answer that can be read", () => {
  it("is a web Response, with or without a body", () => {
    const answers = [new Response("{}"), new Response(null, { status: 204 }), Response.json({}).clone()];
    expect(answers.map(isReadableAnswer)).toEqual([true, true, true]);
  });

  it("is nothing else", () => {
    const headers = new Headers();
    const none = [
      undefined,
      null,
      "{}",
      {},
      { status: 200 },
      { status: 200, headers: {} },
      { status: 200, headers },
      { status: 200, headers, body: {} },
      { status: "200", headers, body: null },
    ];
    expect(none.filter(isReadableAnswer)).toEqual([]);
  });
});
