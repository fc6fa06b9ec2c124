import type { Account } from "./engine/account.ts";
import { isObject, readArgument, requireFunction, requireOptions, wrongArgument } from "./errors/argument.ts";
import type { AccountSession, CurrentSession } from "./engine/account-session.ts";
import { authorizedFetch } from "./requests/authorized-fetch.ts";
import type { BrokerAuth, HeadersOptions, SessionOf } from "./broker-auth.ts";
import type { BrokerAuthOptions } from "./engine/engine-options.ts";
import { BrokerAuthError, isBrokerAuthError } from "./errors/broker-auth-error.ts";
import type { Answer } from "./contract/challenge.ts";
import type { BrokerAuthEventFacts, BrokerAuthListener } from "./engine/broker-event.ts";
import { withinTime } from "./record/deadline.ts";
import { defaultStoreTimeoutMs, GuardedStore } from "./record/guarded-store.ts";
import { noSuchAccount } from "./engine/known-names.ts";
import { openAccounts } from "./engine/configured-accounts.ts";
import type { ProviderContext } from "./contract/provider-context.ts";
import { defaultConcurrency, requireEngineOptions } from "./engine/engine-options.ts";
import { LoginSlots } from "./engine/login-slots.ts";
import { logInByHand } from "./engine/login-by-hand.ts";
import { requireHandlers } from "./engine/login-handlers.ts";
import { logInAll, type LoginOutcome } from "./engine/login-of-all.ts";
import type { Authorization, BrokerAuthProvider } from "./contract/provider.ts";
import type { TotpEnrolment } from "./contract/totp-enrolment.ts";
import { platformOf } from "./engine/platform.ts";
import type { SessionOptions } from "./engine/session-acquisition.ts";

/**
 * The session engine. Checks the configuration at once, does nothing else until it is asked: no timers, no network.
 * @throws BrokerAuthError `configuration` naming the field
 */
export function createBrokerAuth<
  Provider extends BrokerAuthProvider,
  Name extends string,
  Alias extends string = never,
>(options: BrokerAuthOptions<Provider, Name, Alias>): BrokerAuth<Provider, Name, Alias> {
  requireEngineOptions(options);
  const platform = platformOf(options);
  const closing = new AbortController();
  const listeners = new Set<BrokerAuthListener>();
  const emit = (account: string, broker: string, facts: BrokerAuthEventFacts): void => {
    // One for all listeners, so none of them may write on it.
    const event = Object.freeze({ ...facts, at: platform.now(), account, broker });
    // After settlement and never awaited: a slow or broken listener cannot disturb a login.
    for (const listener of listeners) {
      void Promise.resolve(event)
        .then(listener)
        .catch(() => undefined);
    }
  };
  const store = new GuardedStore(options.store, options.timeoutMs ?? defaultStoreTimeoutMs);
  const slots = new LoginSlots(options.concurrency ?? defaultConcurrency);
  const accounts = openAccounts(options, {
    store,
    platform,
    slots,
    program: options.program,
    closed: closing.signal,
    emit,
  });

  let closed = false;
  let ending: Promise<void> | undefined;
  const find = (name: string): Account => {
    if (closed)
      // Not `aborted`, which may be tried again: this engine stays closed.
      throw new BrokerAuthError("configuration", "this engine was closed before the call; nothing was sent", {
        account: name,
        action: "Create a new engine.",
      });
    const account = accounts.get(name);
    if (account !== undefined) return account;
    throw noSuchAccount(name, [...accounts.keys()]);
  };
  // The hot path: no async function in between, only what is at hand already.
  const currentOf = (name: string): CurrentSession | undefined => (closed ? undefined : accounts.get(name)?.current);
  // Nor here, where ten thousand callers may wait for one login.
  const obtain = (name: string, wanted?: SessionOptions): Promise<AccountSession> => {
    try {
      const { newest, ...wait } = checked(wanted, sessionOptions);
      const account = find(name);
      return (newest === true ? account.newest(wait) : account.acquire(wait)).then(sessionOf, ofItsOwn);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const authorize = async (name: string, wanted?: HeadersOptions): Promise<Authorization> => {
    const { purpose, newest, ...wait } = checked(wanted, headersOptions);
    const account = find(name);
    if (purpose !== undefined && typeof purpose !== "string")
      throw account.named(wrongArgument("purpose", "must be text"));
    const found = await (newest === true ? account.newest(wait) : account.acquire(wait)).catch(ofItsOwn);
    return purpose === undefined ? found.authorization : found.authorize("/", purpose);
  };
  const names: readonly Name[] = Object.freeze(Object.keys(options.accounts) as Name[]);

  return {
    accounts: names,
    session: (name, wanted) =>
      ((wanted === undefined ? currentOf(name)?.ready : undefined) ?? obtain(name, wanted)) as Promise<
        SessionOf<Provider>
      >,
    loginAll: (limits = {}) =>
      logInAll(
        names.map((name) => ({ name, find: () => find(name), named: (error) => accounts.get(name)?.named(error) })),
        limits,
      ) as Promise<LoginOutcome<SessionOf<Provider>, Name>[]>,
    login: async (name, handlers = {}) =>
      (await logInByHand(find(name), requireHandlers(handlers))) as SessionOf<Provider>,
    beginLogin: async (name) => find(name).begin(),
    answerLogin: async (name, handle, answer) => {
      const account = find(name);
      try {
        return await account.answer(requireHandle(handle), requireAnswerShape(answer));
      } catch (error) {
        throw account.named(error);
      }
    },
    fetch: async (name, input, init) => authorizedFetch(find(name), input, init),
    headers: (name, wanted) =>
      (wanted === undefined ? currentOf(name)?.headers : undefined) ??
      authorize(name, wanted).then(({ headers }) => headers),
    origin: async (name, wanted) => (await authorize(name, wanted)).origin,
    async socket(name, purpose) {
      const account = find(name);
      const { provider, credentials } = account;
      if (provider.socket === undefined)
        throw account.named(new BrokerAuthError("configuration", "this broker has no sockets"));
      return onSession(account, (session, context) => provider.socket!(session, credentials, purpose, context));
    },
    async network(name) {
      const account = find(name);
      const { provider, credentials } = account;
      if (provider.network === undefined) {
        throw account.named(new BrokerAuthError("configuration", "this broker does not tell addresses"));
      }
      return onSession(account, (session, context) => provider.network!(session, credentials, context));
    },
    async refused(name, generation) {
      const account = find(name);
      if (!Number.isFinite(generation))
        throw account.named(wrongArgument("generation", "must be that of the refused session: session.generation"));
      const current = account.current?.session;
      // A newer session is at hand: the refusal was about an older one.
      if (current === undefined || current.generation !== generation) return "replaced";
      const probed = await account.probe(current);
      if (probed === "dead") await account.invalidate(generation);
      if (probed !== "refused") return probed;
      return (await account.doubt(current)) ? "dead" : "unknown";
    },
    async enableTotp(name, keep) {
      const account = find(name);
      const { logouts } = account;
      if (!readArgument("save", () => typeof (keep as typeof keep | undefined)?.save === "function"))
        throw account.named(wrongArgument("save", "is missing; give { save }, a function that keeps the new secret"));
      const { credentials } = account;
      const enrolment = enrolmentOf(account);
      // Before the broker makes a new secret and the caller keeps it: then the old one would be gone for nothing.
      await account.requireAttempt();
      const setup = await onSession(
        account,
        (session, context) => enrolment.generate(session, credentials, context),
        logouts,
      );
      await account.untilClosed((async () => keep.save(setup))());
      const { session } = await account.acquire({}, logouts).catch(ofItsOwn);
      await account.attempt((context) => enrolment.enable(setup.secret, session, credentials, context), logouts);
    },
    async disableTotp(name) {
      const account = find(name);
      const { credentials, logouts } = account;
      const { session } = await account.acquire({}, logouts).catch(ofItsOwn);
      await account.attempt((context) => enrolmentOf(account).disable(session, credentials, context), logouts);
    },
    logout: async (name) => find(name).logout(),
    unlock: async (name) => find(name).unlock(),
    purge: async (name) => find(name).purge(),
    status: async (name) => find(name).status(),
    on(listener) {
      requireListener(listener);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  function close(): Promise<void> {
    return (ending ??= end());
  }

  async function end(): Promise<void> {
    closed = true;
    closing.abort();
    // What the broker has said by now is still written down. What comes later does not reach the store any more.
    const idle = Promise.all([...accounts.values()].map((account) => account.idle()));
    await withinTime(
      () => idle,
      closeGraceMs,
      () => undefined,
    ).catch(() => undefined);
    if (await store.end(closeLimitMs)) return;
    for (const account of new Set(accounts.values()))
      emit(account.name, account.provider.broker, {
        type: "warning",
        code: "close_unconfirmed",
        message: "the token store did not close in time; what was written stands",
      });
  }
}

// Together less than a second, whatever hangs.
const closeGraceMs = 400;
const closeLimitMs = 400;

const sessionOptions = ["validUntil", "signal", "newest"] as const satisfies readonly (keyof SessionOptions)[];
const headersOptions = [...sessionOptions, "purpose"] as const satisfies readonly (keyof HeadersOptions)[];

function checked<Options extends object>(given: Options | undefined, known: readonly string[]): Partial<Options> {
  if (given === undefined) return {};
  const options = requireOptions(given, known);
  const { newest } = options;
  if (newest !== undefined && typeof newest !== "boolean") throw wrongArgument("newest", "must be true or false");
  return options as Options;
}

function requireHandle(handle: unknown): string {
  if (typeof handle === "string") return handle;
  throw wrongArgument("handle", "must be the one that beginLogin() or the last answer gave");
}

const answerKinds: readonly unknown[] = ["otp", "totp", "mpin", "redirect", "resend"] satisfies Answer["kind"][];

/** What it holds is looked at by the adapter, which knows its codes. */
function requireAnswerShape(given: unknown): Answer {
  const answer = isObject(given) ? readArgument("answer", () => ({ ...given })) : undefined;
  if (answer !== undefined && answerKinds.includes(answer["kind"])) return answer as unknown as Answer;
  throw wrongArgument(
    "answer",
    'must be such as { kind: "otp", value: "…" }; kinds are otp, totp, mpin, redirect and resend',
  );
}

function requireListener(listener: unknown): void {
  const remedy = "; it is called for every event: on((event) => { … })";
  if (listener === undefined) throw wrongArgument("listener", `is missing${remedy}`);
  requireFunction(listener, "listener", remedy);
}

/** Callers that wait for one login share its failure, and each may write on the error that it gets. */
function ofItsOwn(error: unknown): never {
  throw isBrokerAuthError(error) ? error.with({}) : error;
}

function sessionOf({ session }: CurrentSession): AccountSession {
  return session;
}

// A call of the engine's own that meets a dead session is as good a witness as any, and is made once more with the next one.
async function onSession<Result>(
  account: Account,
  call: (session: AccountSession, context: ProviderContext) => Promise<Result>,
  began = account.logouts,
): Promise<Result> {
  const { session } = await account.acquire({}, began).catch(ofItsOwn);
  try {
    return await account.ask((context) => call(session, context));
  } catch (error) {
    if (!isBrokerAuthError(error) || error.code !== "session_expired") throw error;
    await account.invalidate(session.generation);
    // A logout may be what ended it.
    const next = await account.acquire({}, began).catch(ofItsOwn);
    return account.ask((context) => call(next.session, context));
  }
}

function enrolmentOf(account: Account): TotpEnrolment<unknown, unknown> {
  const { enrolment } = account.provider;
  if (enrolment !== undefined) return enrolment;
  throw account.named(
    new BrokerAuthError("configuration", "this broker has no TOTP enrolment by API", {
      action: "Enrol in the broker's own app or web page.",
    }),
  );
}
