import type { SessionOptions } from "./engine/session-acquisition.ts";
import type { AccountSession } from "./engine/account-session.ts";
import type { AccountStatus } from "./engine/account-status.ts";
import type { AuthorizedRequestInit } from "./requests/request-options.ts";
import type { BrokerAuthListener } from "./engine/broker-event.ts";
import type { Answer } from "./contract/challenge.ts";
import type { LoginHandlers } from "./engine/login-handlers.ts";
import type { LoginOutcome } from "./engine/login-of-all.ts";
import type { LoginProgress } from "./engine/login-progress.ts";
import type { NetworkReport } from "./contract/network-report.ts";
import type { BrokerAuthProvider } from "./contract/provider.ts";
import type { SocketPlan } from "./contract/socket-plan.ts";
import type { TotpSetup } from "./contract/totp-enrolment.ts";

/** A live session of one of the given brokers; `broker` tells which, and so what its tokens are. */
export type SessionOf<Provider> =
  Provider extends BrokerAuthProvider<infer Broker, infer _Input, infer _Credentials, infer Tokens>
    ? AccountSession<Tokens, Broker>
    : never;

export interface HeadersOptions extends SessionOptions {
  /** Which of the broker's header sets, where it has several; the adapter's README lists them. */
  readonly purpose?: string;
}

/**
 * Logins for all configured accounts. Every method takes an account's name or an alias, and rejects with a `BrokerAuthError` that carries the
 * account's name. A function that takes any engine says `auth: BrokerAuth`.
 */
export interface BrokerAuth<
  Provider extends BrokerAuthProvider = BrokerAuthProvider,
  Name extends string = string,
  Alias extends string = never,
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
  /**
   * Logs in with a person at hand, unless a live session is there. Without a handler for a challenge that comes it is `needs_input`. A handler
   * is asked again, with why, after an answer that was refused; after a third one that could not even be sent the error is thrown.
   */
  login(account: Name | Alias, handlers?: LoginHandlers): Promise<SessionOf<Provider>>;
  /** The same step by step, for a web form: to a session, or to a challenge with the handle for its answer. */
  beginLogin(account: Name | Alias): Promise<LoginProgress>;
  answerLogin(account: Name | Alias, handle: string, answer: Answer): Promise<LoginProgress>;
  /** A fetch with the account's session: paths or full addresses of the broker. See {@link AuthorizedRequestInit} for repeats. */
  fetch(account: Name | Alias, input: string | URL | Request, init?: AuthorizedRequestInit): Promise<Response>;
  /** The headers of a live session, for another HTTP client. A frozen plain object with secrets in clear: do not log it. */
  headers(account: Name | Alias, options?: HeadersOptions): Promise<Readonly<Record<string, string>>>;
  /** The scheme, host and port that these headers are for. */
  origin(account: Name | Alias, options?: SessionOptions): Promise<string>;
  /** How to open one of the broker's sockets now. Ask again at every reconnect. */
  socket(account: Name | Alias, purpose: string): Promise<SocketPlan>;
  /** Which address the broker sees, and whether it may trade. */
  network(account: Name | Alias): Promise<NetworkReport>;
  /**
   * Tells the engine that the broker refused a session where it could not see it: on a socket, or with another HTTP client. The broker is
   * asked, and an ended session is replaced at the next call. `replaced`: a newer session is at hand already.
   */
  refused(account: Name | Alias, generation: number): Promise<"alive" | "dead" | "unknown" | "replaced">;
  /**
   * Sets up unattended logins: asks the broker for a TOTP secret, waits until `save` has kept it, and only then turns it on. Needs a live
   * session. Each call replaces the secret of the call before. Put the saved secret into the account's configuration afterwards.
   */
  enableTotp(account: Name | Alias, options: { save(setup: TotpSetup): void | Promise<void> }): Promise<void>;
  /** Turns TOTP off at the broker; logins ask for an OTP again. */
  disableTotp(account: Name | Alias): Promise<void>;
  /** Ends the session here and, where the broker can, there. */
  logout(account: Name | Alias): Promise<void>;
  /** A person's word that the next attempt will succeed. Opens a block. */
  unlock(account: Name | Alias): Promise<void>;
  /**
   * Forgets the account in the store: its session, attempts, blocks, TOTP step and device id, also when the record cannot be read any more. A
   * person's decision: a program that does this at each start has no memory of refusals.
   */
  purge(account: Name | Alias): Promise<void>;
  /** What is known without asking the broker. */
  status(account: Name | Alias): Promise<AccountStatus>;
  /** All accounts' names, in the order of the configuration. */
  readonly accounts: readonly Name[];
  /** Calls the listener after each event, until the returned function is called. What a listener throws is dropped. */
  on(listener: BrokerAuthListener): () => void;
  /** Ends what is under way and closes the store. */
  close(): Promise<void>;
}
