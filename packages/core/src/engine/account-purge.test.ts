import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { RecordKey, StoredRecord, TokenStore } from "../contract/token-store.ts";

const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };

function openTestEnvironment(store: TokenStore = memoryStore()) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const engine = (account = unattended) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  return { clock, broker, store, engine };
}

async function onlyRecord(store: TokenStore): Promise<readonly [RecordKey, StoredRecord | undefined]> {
  for await (const key of store.keys()) return [key, await store.read(key)];
  return ["", undefined];
}

/** Ways in which a record is lost to whoever purges it. */
const damage: Readonly<Record<string, (record: StoredRecord) => StoredRecord>> = {
  "can be read": (record) => record,
  "is damaged": (record) => ({ ...record, body: new Uint8Array([1]) }),
  "is of another version": (record) => ({ ...record, body: new TextEncoder().encode('{"version":99}') }),
};

describe.each(Object.entries(damage))("a purge of a record that %s", (_, damaged) => {
  async function purged() {
    const { store, engine, ...rest } = openTestEnvironment();
    const auth = engine();
    const before = await auth.session("main");
    const [key, record] = await onlyRecord(store);
    if (record === undefined) throw new Error("there is no record");
    await store.swap(key, record.revision, damaged({ ...record, revision: record.revision + 1 }));
    await engine().purge("main");
    return { ...rest, store, engine, auth, before, key };
  }

  it("forgets session, attempts and device id", async () => {
    const { store, engine, before, key } = await purged();
    expect(await engine().status("main")).toMatchObject({ state: "logged_out", blockedBy: undefined });
    const body = new TextDecoder().decode((await store.read(key))?.body);
    expect(body).not.toContain(before.tokens.token.reveal());
    expect(body).not.toContain(before.deviceId.reveal());
    expect((await engine().session("main")).deviceId.reveal()).not.toBe(before.deviceId.reveal());
  });

  it("leaves the present time step barred: no code of it is sent again (P3)", async () => {
    const { clock, broker, engine } = await purged();
    const at = clock.now();
    await engine().session("main");
    expect(broker.totpSteps).toHaveLength(2);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
    expect(clock.now() - at).toBeGreaterThan(19_000);
  });

  it("never lets a generation repeat: a late refusal of the old session leaves the new one alone (P4)", async () => {
    const { clock, engine, auth, before } = await purged();
    const after = await engine().session("main");
    expect(after.generation).toBeGreaterThan(before.generation);
    clock.advance(1);
    expect(await auth.refused("main", before.generation)).toBe("dead");
    expect(await engine().status("main")).toMatchObject({ state: "logged_in", generation: after.generation });
  });
});

describe("a purge", () => {
  it("of an account that was never used leaves nothing", async () => {
    const { store, engine } = openTestEnvironment();
    await engine().purge("main");
    expect((await onlyRecord(store))[1]).toBeUndefined();
  });

  it("of a record that a store cannot give leaves one that bars the present step", async () => {
    const memory = memoryStore();
    let damagedStore = false;
    const store: TokenStore = {
      ...memory,
      read: async (key) => {
        if (damagedStore) throw new RangeError("the store cannot read it");
        return memory.read(key);
      },
      purge: async (key) => {
        damagedStore = false;
        await memory.purge(key);
      },
    };
    const { broker, engine } = openTestEnvironment(store);
    await engine().session("main");
    damagedStore = true;
    await engine().purge("main");
    await engine().session("main");
    expect(broker.totpSteps).toHaveLength(2);
  });

  it.each(Object.entries(damage))(
    "overwrites what another program has written without the lock meanwhile, where the record %s",
    async (_, damaged) => {
      const memory = memoryStore();
      let changes = 0;
      const store: TokenStore = {
        ...memory,
        swap: async (key, expected, next) => {
          if (changes > 0) {
            changes -= 1;
            const found = await memory.read(key);
            const revision = (found?.revision ?? 0) + 1;
            const header = found?.header ?? next.header;
            const body = found?.body ?? new TextEncoder().encode("somebody's");
            await memory.swap(key, revision - 1, damaged({ revision, header, body }));
          }
          return memory.swap(key, expected, next);
        },
      };
      const { engine } = openTestEnvironment(store);
      const { tokens } = await engine().session("main");
      changes = 3;
      await engine().purge("main");
      expect([changes, await engine().status("main")]).toMatchObject([0, { state: "logged_out" }]);
      const body = new TextDecoder().decode((await onlyRecord(store))[1]?.body);
      expect(body).not.toContain(tokens.token.reveal());
      changes = Infinity;
      await expect(engine().purge("main")).rejects.toMatchObject({ code: "store_busy" });
    },
  );

  it("that ends in the middle leaves the old record or the new one", async () => {
    const memory = memoryStore();
    let purging = false;
    const store: TokenStore = {
      ...memory,
      swap: async (...given) => {
        if (purging) throw new RangeError("the process ended here");
        return memory.swap(...given);
      },
    };
    const { engine } = openTestEnvironment(store);
    const { generation } = await engine().session("main");
    purging = true;
    await expect(engine().purge("main")).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await engine().status("main")).toMatchObject({ state: "logged_in", generation });
  });
});

describe("a generation", () => {
  it("is the time of its minting, and rises where the clock does not", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine();
    const first = await auth.session("main");
    expect(first.generation).toBe(clock.now());
    broker.evict();
    await auth.refused("main", first.generation);
    const second = await auth.session("main");
    expect(second.generation).toBe(first.generation + 1);
  });

  it("does not repeat where the store was lost", async () => {
    const [one, other] = [openTestEnvironment(), openTestEnvironment()];
    const first = await one.engine().session("main");
    other.clock.set(one.clock.now() + 1);
    expect((await other.engine().session("main")).generation).toBeGreaterThan(first.generation);
  });
});
