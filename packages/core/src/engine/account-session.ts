import type { AccountRecord, RecordedSession } from "../record/account-record.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Authorization, BrokerAuthProvider } from "../contract/provider.ts";
import { Secret } from "../contract/secret.ts";
import type { Session } from "../contract/session.ts";

/** A live session as the engine hands it out. Printing it shows no secret. */
export interface AccountSession<Tokens = unknown, Broker extends string = string> extends Session<Tokens> {
  readonly broker: Broker;
  /** Name in the configuration. */
  readonly account: string;
  readonly environment: string;
  /** How this program came to it: by its own login or renewal, or from the store. */
  readonly obtainedBy: "login" | "renewal" | "store";
}

/** Whose session it is. */
export interface SessionAccount {
  readonly name: string;
  readonly provider: BrokerAuthProvider;
  readonly credentials: unknown;
  readonly environment: string;
}

/** A session at hand, with its headers and the promises of both made once: a warm call costs a look-up and nothing else. */
export class CurrentSession {
  readonly session: AccountSession;
  readonly #account: SessionAccount;
  #ready: Promise<AccountSession> | undefined;
  #plain: Authorization | undefined;
  #headers: Promise<Authorization["headers"]> | undefined;

  constructor(session: AccountSession, account: SessionAccount) {
    this.session = session;
    this.#account = account;
  }

  get ready(): Promise<AccountSession> {
    return (this.#ready ??= Promise.resolve(this.session));
  }

  /** Headers for no path in particular. */
  get authorization(): Authorization {
    return (this.#plain ??= this.authorize("/", undefined));
  }

  get headers(): Promise<Authorization["headers"]> {
    return (this.#headers ??= Promise.resolve(this.authorization.headers));
  }

  authorize(path: string, purpose: string | undefined): Authorization {
    const { provider, credentials } = this.#account;
    return provider.authorize(this.session, credentials, { path, purpose });
  }
}

/** Brings a recorded session back to life. @throws BrokerAuthError `store_version` or `store_corrupt` when its tokens cannot be read */
export function restoreSession(
  record: AccountRecord,
  { provider, name, environment }: SessionAccount,
  obtainedBy: AccountSession["obtainedBy"],
): AccountSession | undefined {
  const { session } = record;
  if (session === undefined) return undefined;
  if (session.tokensVersion > provider.tokens.version) {
    throw new BrokerAuthError(
      "store_version",
      `the stored tokens have version ${session.tokensVersion}, this adapter knows ${provider.tokens.version}`,
    );
  }
  return Object.freeze({
    tokens: Object.freeze(decodeTokens(provider, session)),
    issuedAt: session.issuedAt,
    expiresAt: session.expiresAt,
    deviceId: new Secret(session.deviceId),
    generation: record.generation,
    broker: provider.broker,
    account: name,
    environment,
    obtainedBy,
  });
}

function decodeTokens(provider: BrokerAuthProvider, { tokens, tokensVersion }: RecordedSession): unknown {
  try {
    return provider.tokens.decode(tokens, tokensVersion);
  } catch (cause) {
    throw new BrokerAuthError("store_corrupt", "the stored tokens cannot be read", { cause });
  }
}
