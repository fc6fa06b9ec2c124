import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { StoredRecord, TokenStore } from "../contract/token-store.ts";
import { type StoredSessionOptions, storedSession } from "./stored-session.ts";

const account = { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } as const;

class Checked {
  readonly records: StoredRecord[] = [];

  has({ revision, header, body }: StoredRecord): boolean {
    return this.records.some(
      (one) =>
        one.revision === revision &&
        one.header.expiresAt === header.expiresAt &&
        one.header.generation === header.generation &&
        Buffer.compare(one.body, body) === 0,
    );
  }

  keep(record: StoredRecord): void {
    this.records.push(record);
  }
}

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const engine = (use: TokenStore = store) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: account },
      store: use,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  const checked = new Checked();
  const options = {
    brokers: [toy()],
    accounts: { main: account } as StoredSessionOptions["accounts"],
    store,
    account: "main",
    sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
    now: () => clock.now(),
    checked,
  };
  const change = async (changed: (body: Record<string, unknown>) => Record<string, unknown>): Promise<void> => {
    for await (const key of store.keys()) {
      const { revision, header, body } = (await store.read(key))!;
      const next = changed(JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>);
      await store.swap(key, revision, { revision: revision + 1, header, body: Buffer.from(JSON.stringify(next)) });
    }
  };
  return { broker, clock, store, engine, checked, options, change };
}

describe("a session taken from the store without an engine", () => {
  it("is the one that the engine takes, by name and by alias, checked anew or known", async () => {
    const { broker, engine, options, checked } = openTestEnvironment();
    await engine().session("main");
    const adopted = await engine().session("main");
    expect(await storedSession(options)).toEqual(adopted);
    expect(checked.records).toHaveLength(1);
    expect(await storedSession({ ...options, use: { trading: "main" }, account: "trading" })).toEqual(adopted);
    expect(checked.records).toHaveLength(1);
    expect(broker.minted).toBe(1);
  });

  it("is none where there is no record, where somebody has logged out, and for an account that is not configured", async () => {
    const { engine, options } = openTestEnvironment();
    expect(await storedSession(options)).toBeUndefined();
    await engine().session("main");
    expect(await storedSession({ ...options, account: "other" })).toBeUndefined();
    expect(await storedSession(options)).toBeDefined();
    await engine().logout("main");
    expect(await storedSession(options)).toBeUndefined();
  });

  it("is none where the configuration is another account's, another site's or another device's", async () => {
    const { engine, options } = openTestEnvironment();
    await engine().session("main");
    const asked = async (changed: object) =>
      storedSession({
        ...options,
        accounts: { main: { ...account, ...changed } },
      });
    expect(await asked({})).toBeDefined();
    expect(await asked({ user: "user-7735" })).toBeUndefined();
    expect(await asked({ site: "office" })).toBeUndefined();
    const device = {
      ...toy(),
      identify: (...given: Parameters<ReturnType<typeof toy>["identify"]>) => ({
        ...toy().identify(...given),
        deviceId: "another-device",
      }),
    };
    expect(await storedSession({ ...options, brokers: [device] })).toBeUndefined();
  });

  it("is none in its last ten minutes, by either clock where the broker's is known to differ", async () => {
    const { clock, engine, options, change } = openTestEnvironment();
    const { expiresAt } = await engine().session("main");
    expect(await storedSession({ ...options, now: () => expiresAt - 601_000 })).toBeDefined();
    expect(await storedSession({ ...options, now: () => expiresAt - 600_000 })).toBeUndefined();
    expect(await storedSession({ ...options, now: () => expiresAt + 1 })).toBeUndefined();
    for (const offsetMs of [60_000, -60_000]) {
      await change((body) => ({ ...body, clock: { offsetMs, measuredAt: clock.now() } }));
      expect(await storedSession({ ...options, now: () => expiresAt - 661_000 })).toBeDefined();
      expect(await storedSession({ ...options, now: () => expiresAt - 659_000 })).toBeUndefined();
    }
  });

  it("is refused as the engine refuses it where the record is damaged, of another form or of a newer adapter, and such a record is not noted", async () => {
    const { engine, options, checked, change } = openTestEnvironment();
    await engine().session("main");
    await change((body) => ({ ...body, earlyEndings: "none" }));
    const refused = async () => {
      const error = await storedSession(options).catch((reason: unknown) => (reason as { code?: string }).code);
      await expect(engine().session("main")).rejects.toMatchObject({ code: error });
      return error;
    };
    expect(await refused()).toBe("store_corrupt");
    await change((body) => ({ ...body, earlyEndings: [], version: 99 }));
    expect(await refused()).toBe("store_version");
    expect(checked.records).toEqual([]);
    await change((body) => ({ ...body, version: 2, session: { ...(body["session"] as object), tokensVersion: 99 } }));
    expect(await refused()).toBe("store_version");
  });

  it("that was noted for one account is no other account's", async () => {
    const { engine, options, store, checked } = openTestEnvironment();
    await engine().session("main");
    await storedSession(options);
    const [record] = checked.records;
    const moved = { ...store, read: async () => record };
    const other = { main: { ...account, user: "user-7735" } } as unknown as StoredSessionOptions["accounts"];
    expect(await storedSession({ ...options, accounts: other, store: moved })).toBeUndefined();
  });

  it("is refused for a configuration that the engine refuses", async () => {
    const { options } = openTestEnvironment();
    const accounts = { main: { ...account, site: "no site" } } as StoredSessionOptions["accounts"];
    await expect(storedSession({ ...options, accounts })).rejects.toMatchObject({ field: "accounts.main.site" });
    await expect(storedSession({ ...options, use: { main: "main" } })).rejects.toMatchObject({ field: "use.main" });
  });
});
