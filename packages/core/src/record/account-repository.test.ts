import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type AccountRecord, newAccountRecord } from "./account-record.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { GuardedStore } from "./guarded-store.ts";
import { memoryStore } from "./memory-store.ts";
import { AccountRepository } from "./account-repository.ts";
import type { TokenStore } from "../contract/token-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const engine = (given: Partial<ToyAccount> = {}, create: typeof createBrokerAuth = createBrokerAuth) => {
    const main = { broker: "toy" as const, ...unattended, ...given };
    return create({ brokers: [toy()], accounts: { main }, store, ...platform });
  };
  return { clock, broker, store, engine };
}

const address = { broker: "toy", environment: "production", identity: "user-7734", site: "" };

function repositoryOn(store: TokenStore): AccountRepository {
  const platform = { now: () => 1 };
  return new AccountRepository({ ...address, store: new GuardedStore(store, 5_000), platform, deviceId: undefined });
}

/** An engine whose wrong MPIN was refused while the store was down. */
async function owing() {
  const { store, ...rest } = openTestEnvironment();
  const auth = rest.engine({ pin: "9999" });
  const swap = store.swap.bind(store);
  store.swap = async (key, expected, next) => {
    if (rest.broker.pins.length > 0) throw new BrokerAuthError("store_unavailable", "disk full");
    return swap(key, expected, next);
  };
  await expect(auth.session("main")).rejects.toMatchObject({ code: "pin_rejected" });
  store.swap = swap;
  rest.clock.advance(31_000);
  return { ...rest, auth };
}

describe("an account's record", () => {
  it("that has not changed is taken apart once for a login, and held by no account that rests", async () => {
    const { broker, clock, store, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    let opened = 0;
    const read = store.read.bind(store);
    store.read = async (key) => {
      const found = await read(key);
      if (found === undefined) return undefined;
      const { body, ...record } = found;
      return {
        ...record,
        get body() {
          opened += 1;
          return body;
        },
      };
    };
    expect((await auth.status("main")).state).toBe("logged_in");
    expect(opened).toBe(1);
    clock.advance(86_400_000);
    expect((await auth.session("main")).obtainedBy).not.toBe("store");
    expect([broker.minted, opened]).toEqual([2, 2]);
  });

  it("that cannot be taken apart because the package was changed under the running program says so", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine().session("main");
    // A program of its own: what one has loaded it keeps.
    vi.resetModules();
    vi.doMock("./account-record-schema.ts", () => {
      throw new RangeError("the file is gone");
    });
    onTestFinished(() => {
      vi.doUnmock("./account-record-schema.ts");
    });
    const { createBrokerAuth: create } = await import("../create-broker-auth.ts");
    await expect(engine({}, create).session("main")).rejects.toMatchObject({
      code: "configuration",
      account: "main",
      action: expect.stringContaining("Restart the program") as string,
      cause: expect.any(Error) as Error,
    });
    expect(broker.minted).toBe(1);
  });

  it("with the device id that is configured is the account's own", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine({ deviceId: "desk-1" }).session("main");
    const adopted = await engine({ deviceId: "desk-1" }).session("main");
    expect([adopted.obtainedBy, adopted.deviceId.reveal()]).toEqual(["store", "desk-1"]);
    expect(broker.minted).toBe(1);
  });

  it("that always changes under one's hands is store_busy after a hundred tries", async () => {
    const { store, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    let swaps = 0;
    store.swap = async () => {
      if (++swaps > 1_000) throw new BrokerAuthError("store_unavailable", "it never ends");
      return false;
    };
    await expect(auth.unlock("main")).rejects.toMatchObject({ code: "store_busy", account: "main" });
    expect(swaps).toBe(100);
  });
});

async function lose(store: TokenStore): Promise<void> {
  for await (const key of store.keys()) await store.purge(key);
}

describe("a record that this program writes first", () => {
  it("is not taken for one that is gone by whoever asked the store a moment before", async () => {
    const { store, engine } = openTestEnvironment();
    const auth = engine();
    const [reading, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const read = store.read.bind(store);
    store.read = async (key) => {
      store.read = read;
      const found = await read(key);
      reading.resolve();
      await gate.promise;
      return found;
    };
    const asked = auth.status("main");
    await reading.promise;
    await auth.login("main");
    gate.resolve();
    expect(await asked).toMatchObject({ state: "logged_in" });
  });
});

describe("a record that vanishes", () => {
  it("without a purge is store_corrupt for whoever has seen it, and is not begun anew; a live session is used on", async () => {
    const { broker, clock, store, engine } = openTestEnvironment();
    const auth = engine();
    const { generation } = await auth.session("main");
    await lose(store);
    expect((await auth.session("main")).generation).toBe(generation);
    await expect(auth.status("main")).rejects.toMatchObject({
      code: "store_corrupt",
      account: "main",
      message: expect.stringContaining("evicted, flushed, or the store was restored") as string,
    });
    clock.advance(86_400_000);
    await expect(auth.session("main")).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(auth.login("main")).rejects.toMatchObject({ code: "store_corrupt" });
    expect(broker.minted).toBe(1);
    expect(await Array.fromAsync(store.keys())).toEqual([]);
  });

  it("may be purged: what must not repeat is known from before", async () => {
    const { broker, store, engine } = openTestEnvironment();
    const auth = engine();
    const { generation } = await auth.session("main");
    await lose(store);
    await auth.purge("main");
    expect((await auth.status("main")).generation).toBe(generation);
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(new Set(broker.totpSteps).size).toBe(2);
  });

  it("is a purge where a record was left: every program goes on", async () => {
    const { store, engine } = openTestEnvironment();
    const [one, two] = [engine(), engine()];
    await one.session("main");
    await two.session("main");
    await one.purge("main");
    expect((await two.status("main")).state).toBe("logged_out");
    expect(await Array.fromAsync(store.keys())).toHaveLength(1);
  });
});

describe("a change that could not be written", () => {
  it("is made with the next one, and then never again: what a person unlocks stays unlocked", async () => {
    const { broker, auth } = await owing();
    await expect(auth.session("main")).rejects.toMatchObject({ code: "login_blocked" });
    broker.pin = "9999";
    await auth.unlock("main");
    await auth.session("main");
    expect(broker.minted).toBe(1);
    expect(broker.pins).toEqual(["9999", "9999"]);
  });

  it("is forgotten with the record that it was deferred to", async () => {
    const { broker, auth } = await owing();
    await auth.purge("main");
    broker.pin = "9999";
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("is not lost where it falls due while another one is written", async () => {
    const store = memoryStore();
    const account = repositoryOn(store);
    const swap = store.swap.bind(store);
    store.swap = async (key, expected, next) => {
      store.swap = swap;
      account.defer((record) => ({ ...record, earlyEndings: [...record.earlyEndings, 2] }));
      return swap(key, expected, next);
    };
    account.defer((record) => ({ ...record, earlyEndings: [...record.earlyEndings, 1] }));
    const base = newAccountRecord(address, undefined);
    const first = await account.update((record) => ({ ...record, generation: 1 }), base);
    expect([first.generation, first.earlyEndings]).toEqual([1, [1]]);
    const second = await account.update((record) => ({ ...record, generation: 2 }));
    expect([second.generation, second.earlyEndings]).toEqual([2, [1, 2]]);
  });
});

describe("a change that no program could read back", () => {
  it.each<[string, (account: AccountRecord) => AccountRecord]>([
    ["a number that JSON does not have", (account) => ({ ...account, earlyEndings: [Number.NaN] })],
    ["a value that JSON does not know", (account) => ({ ...account, generation: 1n as never })],
    ["something that is not a field", (account) => ({ ...account, surprise: true })],
  ])("is a protocol_error, and not written: %s", async (_what, change) => {
    const store = memoryStore();
    const account = repositoryOn(store);
    const before = await account.update((record) => ({ ...record, generation: 1 }));
    const error: unknown = await account.update(change).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "protocol_error" });
    expect(await account.read()).toEqual(before);
  });
});
