import { Account, type SessionOptions } from "./account.ts";
import type { AccountSession } from "./account-session.ts";
import type { AccountStatus } from "./account-status.ts";
import { type AuthorizedRequestInit, authorizedFetch } from "./authorized-fetch.ts";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import type { BrokerAuthEventFacts, BrokerAuthListener } from "./broker-event.ts";
import type { Answer } from "./challenge.ts";
import { askHandler, type LoginHandlers } from "./login-handlers.ts";
import type { LoginProgress } from "./login-progress.ts";
import type { NetworkReport } from "./network-report.ts";
import type { ConfiguredAccount } from "./configuration.ts";
import type { BrokerAuthProvider } from "./provider.ts";
import type { SocketPlan } from "./socket-plan.ts";
import type { TokenStore } from "./token-store.ts";
import { realWorld, type World } from "./world.ts";

/** What a user writes for an account: the broker's word and the fields that this broker asks for. */
export type AccountInput<Provider> =
  Provider extends BrokerAuthProvider<infer Broker, infer Input, infer _Credentials, infer _Tokens>
    ? { readonly broker: Broker; readonly site?: string } & Input
    : never;

/** A live session of one of the given brokers; `broker` tells which, and so what its tokens are. */
export type SessionOf<Provider> =
  Provider extends BrokerAuthProvider<infer Broker, infer _Input, infer _Credentials, infer Tokens>
    ? AccountSession<Tokens, Broker>
    : never;

export interface BrokerAuthOptions<Provider extends BrokerAuthProvider, Name extends string, Alias extends string> {
  /** The adapters in use, such as `nubra()`. */
  readonly brokers: readonly Provider[];
  /** Accounts by a name of your choice. `site` keeps apart the sessions of one account that logs in from several addresses. */
  readonly accounts: Readonly<Record<Name, AccountInput<Provider> | ConfiguredAccount>>;
  /** Aliases: which account a program means by a word such as `trading`. Changing one word here switches the broker. */
  readonly use?: Readonly<Record<Alias, NoInfer<Name>>>;
  /** Where sessions, attempts and device ids are kept. There is no default: the choice decides which promises hold. */
  readonly store: TokenStore;
  /** Replacements for fetch, clock and randomness; the platform's own by default. */
  readonly world?: Partial<World>;
}

/** The outcome of one account in {@link BrokerAuth.loginAll}. */
export type LoginOutcome<Session, Name extends string = string> =
  | { readonly account: Name; readonly ok: true; readonly session: Session }
  | { readonly account: Name; readonly ok: false; readonly error: BrokerAuthError };

/**
 * Logins for all configured accounts. Every method takes an account's name or an alias, and rejects with a `BrokerAuthError` that carries the
 * account's name.
 */
export interface BrokerAuth<
  Provider extends BrokerAuthProvider,
  Name extends string,
  Alias extends string,
> extends AsyncDisposable {
  /**
   * A live session: the one at hand, a newer one from the store, a renewed one, or a new login, in this order. All callers share one login.
   * Never asks a person: where one is needed it is `needs_input`.
   */
  session(account: Name | Alias, options?: SessionOptions): Promise<SessionOf<Provider>>;
  /** Brings all accounts to a session in parallel. Never rejects: one outcome per account. `timeoutMs` ends the wait, not the logins. */
  loginAll(options?: {
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly LoginOutcome<SessionOf<Provider>, Name>[]>;
  /** Logs in with a person at hand, unless a live session is there. Without a handler for a challenge that comes it is `needs_input`. */
  login(account: Name | Alias, handlers?: LoginHandlers): Promise<SessionOf<Provider>>;
  /** The same step by step, for a web form: to a session, or to a challenge with the handle for its answer. */
  beginLogin(account: Name | Alias): Promise<LoginProgress>;
  answerLogin(account: Name | Alias, handle: string, answer: Answer): Promise<LoginProgress>;
  /** A fetch with the account's session: paths or full addresses of the broker. See {@link AuthorizedRequestInit} for repeats. */
  fetch(account: Name | Alias, input: string | URL | Request, init?: AuthorizedRequestInit): Promise<Response>;
  /** The headers of a live session, for another HTTP client. A frozen plain object with secrets in clear: do not log it. */
  headers(
    account: Name | Alias,
    options?: SessionOptions & { readonly purpose?: string },
  ): Promise<Readonly<Record<string, string>>>;
  /** The scheme, host and port that these headers are for. */
  origin(account: Name | Alias, options?: SessionOptions): Promise<string>;
  /** How to open one of the broker's sockets now. Ask again at every reconnect. */
  socket(account: Name | Alias, purpose: string): Promise<SocketPlan>;
  /** Which address the broker sees, and whether it may trade. */
  network(account: Name | Alias): Promise<NetworkReport>;
  /** Ends the session here and, where the broker can, there. */
  logout(account: Name | Alias): Promise<void>;
  /** A person's word that the next attempt will succeed. Opens a latch. */
  unlock(account: Name | Alias): Promise<void>;
  /** What is known without asking the broker. */
  status(account: Name | Alias): Promise<AccountStatus>;
  /** All accounts' names, in the order of the configuration. */
  readonly accounts: readonly Name[];
  /** Calls the listener after each event, until the returned function is called. What a listener throws is dropped. */
  on(listener: BrokerAuthListener): () => void;
  /** Ends what is under way and closes the store. */
  close(): Promise<void>;
}

/**
 * The session engine. Checks the configuration at once, does nothing else until it is asked: no timers, no network.
 * @throws BrokerAuthError `configuration` naming the field
 */
export function createBrokerAuth<
  Provider extends BrokerAuthProvider,
  Name extends string,
  Alias extends string = never,
>(options: BrokerAuthOptions<Provider, Name, Alias>): BrokerAuth<Provider, Name, Alias> {
  const world = realWorld(options.world);
  const closing = new AbortController();
  const listeners = new Set<BrokerAuthListener>();
  const emit = (account: string, broker: string, facts: BrokerAuthEventFacts): void => {
    const event = { ...facts, at: world.now(), account, broker };
    // After settlement and never awaited: a slow or broken listener cannot disturb a login.
    for (const listener of listeners) {
      void Promise.resolve(event)
        .then(listener)
        .catch(() => undefined);
    }
  };
  const accounts = openAccounts(options, { world, closed: closing.signal, emit });

  const find = (name: string): Account => {
    if (closing.signal.aborted) throw new BrokerAuthError("aborted", "this engine was closed", { account: name });
    const account = accounts.get(name);
    if (account !== undefined) return account;
    throw new BrokerAuthError("configuration", `there is no account or alias "${name}"`, {
      field: `accounts.${name}`,
      account: name,
    });
  };
  const names = Object.keys(options.accounts) as Name[];

  return {
    accounts: names,
    session: async (name, wanted) => (await find(name).hold(wanted)).session as SessionOf<Provider>,
    async loginAll({ timeoutMs, signal } = {}) {
      const limits = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)].filter(
        (limit) => limit !== undefined,
      );
      const wait = limits.length === 0 ? {} : { signal: AbortSignal.any(limits) };
      return Promise.all(
        names.map(async (account): Promise<LoginOutcome<SessionOf<Provider>, Name>> => {
          try {
            return { account, ok: true, session: (await find(account).hold(wait)).session as SessionOf<Provider> };
          } catch (error) {
            return { account, ok: false, error: find(account).named(error) as BrokerAuthError };
          }
        }),
      );
    },
    async login(name, handlers = {}) {
      const account = find(name);
      let progress = await account.begin();
      while (progress.kind === "challenge") {
        const { challenge, handle, refused } = progress;
        const value = await askHandler(handlers, challenge, refused).catch((error: unknown) =>
          Promise.reject(account.named(error)),
        );
        progress = await account.answer(
          handle,
          typeof value === "string" ? { kind: challenge.kind, value } : { kind: "resend" },
        );
      }
      return progress.session as SessionOf<Provider>;
    },
    beginLogin: async (name) => find(name).begin(),
    answerLogin: async (name, handle, answer) => find(name).answer(handle, answer),
    fetch: async (name, input, init) => authorizedFetch(find(name), input, init),
    async headers(name, wanted = {}) {
      const held = await find(name).hold(wanted);
      return wanted.purpose === undefined ? held.authorization.headers : held.authorize("/", wanted.purpose).headers;
    },
    origin: async (name, wanted) => (await find(name).hold(wanted)).authorization.origin,
    async socket(name, purpose) {
      const account = find(name);
      const { session } = await account.hold();
      const { provider, credentials } = account;
      if (provider.socket === undefined)
        throw account.named(new BrokerAuthError("configuration", "this broker has no sockets"));
      return account.ask(async (io) => provider.socket!(session, credentials, purpose, io));
    },
    async network(name) {
      const account = find(name);
      const { session } = await account.hold();
      const { provider, credentials } = account;
      if (provider.network === undefined)
        throw account.named(new BrokerAuthError("configuration", "this broker does not tell addresses"));
      return account.ask(async (io) => provider.network!(session, credentials, io));
    },
    logout: async (name) => find(name).logout(),
    unlock: async (name) => find(name).unlock(),
    status: async (name) => find(name).status(),
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  async function close(): Promise<void> {
    closing.abort();
    await options.store.close();
  }
}

interface Surroundings {
  readonly world: World;
  readonly closed: AbortSignal;
  readonly emit: (account: string, broker: string, facts: BrokerAuthEventFacts) => void;
}

function openAccounts(
  options: BrokerAuthOptions<BrokerAuthProvider, string, string>,
  { world, closed, emit }: Surroundings,
): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>();
  for (const [name, input] of Object.entries(options.accounts)) {
    const { broker, site = "", ...fields } = input;
    const provider = options.brokers.find((candidate) => candidate.broker === broker);
    if (provider === undefined) throw unknownBroker(name, options.brokers);
    accounts.set(
      name,
      new Account({
        name,
        provider,
        credentials: checkedCredentials(provider, name, fields),
        site,
        store: options.store,
        world,
        closed,
        emit: (facts) => emit(name, broker, facts),
      }),
    );
  }
  for (const [alias, name] of Object.entries(options.use ?? {})) {
    const field = `use.${alias}`;
    if (options.accounts[alias] !== undefined)
      throw new BrokerAuthError("configuration", `${field}: is the name of an account already`, { field });
    const account = options.accounts[name] === undefined ? undefined : accounts.get(name);
    if (account === undefined)
      throw new BrokerAuthError("configuration", `${field}: names an account that is not configured`, { field });
    accounts.set(alias, account);
  }
  return accounts;
}

function checkedCredentials(provider: BrokerAuthProvider, name: string, fields: unknown): unknown {
  try {
    return provider.parseCredentials(fields);
  } catch (error) {
    if (!isBrokerAuthError(error)) throw error;
    // The adapter knows the field, the engine knows where it stands.
    const field = error.field === undefined ? `accounts.${name}` : `accounts.${name}.${error.field}`;
    throw new BrokerAuthError(error.code, `accounts.${name}.${error.message}`, {
      broker: provider.broker,
      account: name,
      field,
      action: error.action,
    });
  }
}

function unknownBroker(name: string, brokers: readonly BrokerAuthProvider[]): BrokerAuthError {
  const field = `accounts.${name}.broker`;
  const known = brokers.map(({ broker }) => broker).join(", ");
  return new BrokerAuthError("configuration", `${field}: is not one of the brokers of this program (${known})`, {
    field,
    account: name,
  });
}
