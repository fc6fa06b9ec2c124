import {
  type BrokerAuth,
  createBrokerAuth,
  memoryStore,
  type RecordKey,
  type StoredRecord,
  type TokenStore,
} from "@x/core";
import { kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import { type Accounts, laterAt, startedAt } from "./accounts.ts";

export type BenchAuth = BrokerAuth<NubraProvider | KotakNeoProvider, keyof Accounts>;

export interface EngineOptions {
  readonly accounts: Accounts;
  readonly store: TokenStore;
  /** Default: a moment that stands still. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

/** An engine for the sandbox's accounts. */
export function engine({ accounts, store, now = () => startedAt, fetch }: EngineOptions): BenchAuth {
  return createBrokerAuth({
    brokers: [nubra(), kotakNeo()],
    accounts,
    store,
    ...(fetch === undefined ? {} : { fetch }),
    clock: { now },
  });
}

/** What a store holds after an earlier login: device id, the last TOTP step, a session that will have ended, and a clock offset that is fresh. */
export interface EarlierLogin {
  readonly key: RecordKey;
  readonly record: StoredRecord;
}

/** @param keepsRenewal whether what can be renewed is still there; else the account was logged out */
export async function earlierLogin(
  name: keyof Accounts,
  options: Omit<EngineOptions, "store">,
  keepsRenewal: boolean,
): Promise<EarlierLogin> {
  const store = memoryStore();
  const auth = engine({ ...options, store });
  await auth.login(name, { otp: () => "123456" });
  if (!keepsRenewal) await auth.logout(name);
  for await (const key of store.keys()) {
    const record = await store.read(key);
    if (record !== undefined) return { key, record: withFreshClock(record) };
  }
  throw new Error("the login was not stored");
}

// A measurement counts for a minute only, and a session lives longer than that.
function withFreshClock(record: StoredRecord): StoredRecord {
  const body = JSON.parse(Buffer.from(record.body).toString()) as Record<string, unknown>;
  const clock = { offsetMs: 0, measuredAt: laterAt - 30_000 };
  return { ...record, body: Buffer.from(JSON.stringify({ ...body, clock })) };
}

/** A memory store as an earlier run would have left it. */
export async function storeAfter(...logins: readonly EarlierLogin[]): Promise<TokenStore> {
  const store = memoryStore();
  for (const { key, record } of logins) await store.swap(key, 0, record);
  return store;
}
