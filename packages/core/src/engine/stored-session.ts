import type { AccountRecord } from "../record/account-record.ts";
import { bodyVersion } from "../record/body-version.ts";
import { type AccountAddress, recordText } from "../record/record-key.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import type { StoredRecord, TokenStore } from "../contract/token-store.ts";
import { loadPart } from "../errors/missing-part.ts";
import { type AccountSession, restoreSession } from "./account-session.ts";
import { checkedAccounts } from "./checked-accounts.ts";
import type { BrokerAuthOptions } from "./engine-options.ts";

/** Records that were checked before, by their every byte. */
export interface CheckedRecords {
  has(record: StoredRecord): boolean;
  keep(record: StoredRecord): void;
}

export interface StoredSessionOptions extends Pick<
  BrokerAuthOptions<BrokerAuthProvider, string, string>,
  "brokers" | "accounts" | "use"
> {
  readonly store: Pick<TokenStore, "read">;
  /** Name or alias. */
  readonly account: string;
  /** SHA-256 of a text in UTF-8, in hexadecimal: a platform's own takes a fraction of what Web Crypto takes to begin with. */
  readonly sha256: (text: string) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** What this version has checked: such a record is taken without the schema library, which takes longer to load than all else. */
  readonly checked: CheckedRecords;
}

// The engine hands out a session up to a minute before its end, by the broker's clock. What is near that is for the engine to decide.
const leastLifeMs = 600_000;

/**
 * The session that a store holds for an account, for a command that is started for one answer and has no use for an engine. Reads the store once,
 * and sends nothing.
 * @returns undefined wherever an engine has more to do than to take that session: then it is to be asked
 * @throws BrokerAuthError what is wrong with the configuration or the store
 */
export async function storedSession(options: StoredSessionOptions): Promise<AccountSession | undefined> {
  const account = checkedAccounts(options).get(options.account);
  if (account === undefined) return undefined;
  const { name, provider, credentials, identity, site } = account;
  const address = { broker: provider.broker, environment: identity.environment, identity: identity.identity, site };
  const stored = await options.store.read(options.sha256(recordText(address)));
  if (stored?.header.state !== "logged_in") return undefined;
  const record = await readRecord(stored, address, options.checked);
  // The engine says what is wrong where the configured one is another.
  if (record === undefined || (identity.deviceId ?? record.deviceId) !== record.deviceId) return undefined;
  const session = restoreSession(record, { provider, credentials, name, environment: identity.environment }, "store");
  const until = options.now() + Math.abs(record.clock?.offsetMs ?? 0) + leastLifeMs;
  return session !== undefined && session.expiresAt > until ? session : undefined;
}

async function readRecord(
  stored: StoredRecord,
  address: AccountAddress,
  checked: CheckedRecords,
): Promise<AccountRecord | undefined> {
  if (!checked.has(stored)) {
    const { decodeRecord } = await loadPart(() => import("../record/account-record-schema.ts"));
    const record = decodeRecord(stored, address);
    checked.keep(stored);
    return record;
  }
  const { version, ...body } = JSON.parse(new TextDecoder().decode(stored.body)) as Omit<AccountRecord, "revision"> & {
    readonly version: number;
  };
  // A note of what was checked does not say for whom.
  const same =
    body.broker === address.broker && body.environment === address.environment && body.identity === address.identity;
  if (version !== bodyVersion || !same || body.site !== address.site) return undefined;
  return { ...body, revision: stored.revision };
}
