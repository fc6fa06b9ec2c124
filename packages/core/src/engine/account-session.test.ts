import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import type { AuthorizeRequest } from "../contract/provider.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { StoredRecord } from "../contract/token-store.ts";

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const main = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const engine = (provider = toy()) =>
    createBrokerAuth({ brokers: [provider], accounts: { main }, store, ...platform });
  const stored = async (): Promise<StoredRecord[]> => {
    const records: StoredRecord[] = [];
    for await (const key of store.keys()) {
      const record = await store.read(key);
      if (record !== undefined) records.push(record);
    }
    return records;
  };
  return { broker, engine, stored };
}

function decode(): never {
  throw new RangeError("token-1 is none");
}

describe("a stored session", () => {
  const { tokens } = toy();

  it("of a newer adapter is store_version: it is neither read nor replaced, and nobody logs in over it", async () => {
    const { broker, engine, stored } = openTestEnvironment();
    await engine({ ...toy(), tokens: { ...tokens, version: 2 } }).session("main");
    const before = await stored();
    await expect(engine().session("main")).rejects.toMatchObject({ code: "store_version", account: "main" });
    expect(await stored()).toEqual(before);
    expect(broker.minted).toBe(1);
  });

  it("of an older adapter is the adapter's own to read: it is told the version that the form was written with", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine().session("main");
    const told: number[] = [];
    const newer = {
      ...tokens,
      version: 2,
      decode: (json: unknown, version: number) => {
        told.push(version);
        return tokens.decode(json, version);
      },
    };
    await engine({ ...toy(), tokens: newer }).session("main");
    expect(broker.minted).toBe(1);
    expect(broker.minted).toBe(1);
    expect(told).toEqual([1]);
  });

  it("of a newer program with one more field is used as it is, and the field stays in the record", async () => {
    const { broker, engine, stored } = openTestEnvironment();
    const encode: typeof tokens.encode = (given) => ({ ...(tokens.encode(given) as object), region: "south" });
    await engine({ ...toy(), tokens: { ...tokens, encode } }).session("main");
    const older = engine();
    await older.session("main");
    expect(broker.minted).toBe(1);
    await older.unlock("main");
    const [record] = await stored();
    expect(new TextDecoder().decode(record?.body)).toContain(`"region":"south"`);
    expect(broker.minted).toBe(1);
  });

  it("that its adapter cannot read is store_corrupt, says of what kind the failure was, and is left as it is", async () => {
    const { broker, engine, stored } = openTestEnvironment();
    await engine().session("main");
    const before = await stored();
    const error: unknown = await engine({ ...toy(), tokens: { ...tokens, decode } })
      .session("main")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "store_corrupt", account: "main", cause: { message: "RangeError" } });
    expect(await stored()).toEqual(before);
    expect(broker.minted).toBe(1);
  });
});

describe("a session at hand", () => {
  it("costs a warm caller a look-up: session and headers are the very promises of the call before", async () => {
    const { engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    expect(auth.session("main")).toBe(auth.session("main"));
    const headers = auth.headers("main");
    expect(auth.headers("main")).toBe(headers);
    expect(await headers).toEqual({ "x-token": expect.stringMatching(/^token-/) as string });
  });

  it("asks its adapter for the headers of the purpose and path at hand", async () => {
    const { engine } = openTestEnvironment();
    const asked: AuthorizeRequest[] = [];
    const provider = toy();
    const auth = engine({
      ...provider,
      authorize: (session, credentials, request) => {
        asked.push(request);
        return provider.authorize(session, credentials, request);
      },
    });
    await auth.headers("main", { purpose: "feed" });
    await auth.headers("main");
    await auth.fetch("main", "/whoami?full=1", { purpose: "report" });
    expect(asked).toEqual([
      { path: "/", purpose: "feed" },
      { path: "/", purpose: undefined },
      { path: "/whoami?full=1", purpose: "report" },
    ]);
  });
});
