import type { Answer, Challenge } from "./challenge.ts";
import type { CredentialField } from "./credential-field.ts";
import type { Factor, ProviderContext } from "./provider-context.ts";
import type { Json } from "./json.ts";
import type { LoginStep } from "./login-step.ts";
import type { NetworkReport } from "./network-report.ts";
import type { PendingLogin } from "./pending-login.ts";
import type { Secret } from "./secret.ts";
import type { SessionGrant, Renewal, Session } from "./session.ts";
import type { SocketPlan } from "./socket-plan.ts";
import type { TotpEnrolment } from "./totp-enrolment.ts";
import type { ResponseView, Verdict } from "./verdict.ts";

/**
 * One broker's login protocol, and nothing else: endpoints, steps, headers and failures. No timers, no storage, no globals, no logging;
 * everything comes in through {@link ProviderContext}. The engine (`createBrokerAuth`) adds the store, the ledger and the order of things.
 *
 * `Input` is what a user writes for an account, `Credentials` the checked form of it, `Tokens` what a session holds.
 */
export interface BrokerAuthProvider<
  Broker extends string = string,
  Input = unknown,
  Credentials = unknown,
  Tokens = unknown,
> {
  readonly broker: Broker;
  /** The version of this contract that the provider implements. Another one is refused by `createBrokerAuth`. */
  readonly specificationVersion: 1;
  readonly traits: ProviderTraits;
  /** The fields of `Input`, by name. */
  readonly fields: Readonly<Record<string, CredentialField>>;
  /** The stored form of the tokens. Every adoption decodes. */
  readonly tokens: TokenCodec<Tokens>;

  /** Checks and normalises. Strict: unknown fields are refused. @throws BrokerAuthError `configuration`, with `field` and never its value */
  parseCredentials(input: Input): Credentials;
  /** Who this is at the broker. Pure. */
  identify(credentials: Credentials): AccountIdentity;
  /** The furthest expiry, in epoch milliseconds, that a session minted at `now` can have. Pure. */
  latestExpiry(now: number): number;

  /** Runs the login as far as the credentials reach: to a session, or to the first challenge for a human. */
  begin(credentials: Credentials, context: ProviderContext): Promise<LoginStep<Tokens>>;
  /** Goes on with a pending login. A malformed answer is `configuration` before anything is spent; the pending login stays good. */
  answer(
    pending: PendingLogin,
    answer: Answer,
    credentials: Credentials,
    context: ProviderContext,
  ): Promise<LoginStep<Tokens>>;
  /** Mints the next session from what outlived the last one. @throws BrokerAuthError `session_expired` when it is over and a full login is due */
  renew?(renewal: Renewal, credentials: Credentials, context: ProviderContext): Promise<LoginStep<Tokens>>;

  /** Where a request of this session goes and which headers it carries. Pure; the headers are a frozen plain object. */
  authorize(session: SessionGrant<Tokens>, credentials: Credentials, request: AuthorizeRequest): Authorization;
  /**
   * Whether a request only reads, so that repeating it does no harm: a closed list of paths by method, for brokers have GETs with effects and
   * POSTs that only read. The method is in upper case, the path without its query and in the form in which it leaves; another
   * spelling is another path. Pure.
   */
  isRead(request: { readonly method: string; readonly path: string }): boolean;
  /**
   * Whether a request is one of the broker's order calls: placing, changing and cancelling, by a closed list as in `isRead`. What is on neither list may
   * log in, log out or show a secret. For programs that pass on requests of others, and let orders through only where that is wanted. Pure.
   */
  isOrder?(request: { readonly method: string; readonly path: string }): boolean;
  /** What an answer says about the session. Pure. */
  classify(answer: ResponseView, session: Session<Tokens>, now: number): Verdict;

  /** Asks the broker whether the session lives, with the cheapest harmless call. */
  probe?(session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<ProbeAnswer>;
  /**
   * Whether this account's requests can go to an address at all, whatever its session says. Pure. Without it only a session tells, and a foreign
   * address costs the login that brings one.
   */
  serves?(address: string, credentials: Credentials): boolean;
  /**
   * The broker's clock in epoch milliseconds, from the Date header of a harmless call without credentials. `broker_unavailable` without a
   * status says that no answer came, and ends the login before a factor leaves; any other failure says that the answer told no time.
   */
  serverTime?(credentials: Credentials, context: ProviderContext): Promise<number>;
  /** What a program needs to open one of the broker's sockets with this session. */
  socket?(
    session: Session<Tokens>,
    credentials: Credentials,
    purpose: string,
    context: ProviderContext,
  ): Promise<SocketPlan>;
  /** Which address the broker sees, and whether it is registered. */
  network?(session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<NetworkReport>;
  /** Ends the session at the broker. A session that is over already is a success. */
  revoke?(session: Session<Tokens>, credentials: Credentials, context: ProviderContext): Promise<void>;
  readonly enrolment?: TotpEnrolment<Credentials, Tokens>;
}

/**
 * What a probe found. `alive` and `dead` are proven. `refused`: the probe met what the request met, such as a 403 without a body, which means a
 * dead session or a missing permission: one new login decides it. `unknown`: neither, such as a page, a failure or silence.
 */
export type ProbeAnswer = "alive" | "dead" | "refused" | "unknown";

export interface ProviderTraits {
  /** Every session ends at the same time of day, so the life of the last one says nothing about that of the next. `latestExpiry` tells the time. */
  readonly dailyCutoff?: true;
  /** `body`: the broker hides dead sessions in HTTP 200, so every small JSON answer is looked at. `status`: only those of errors. */
  readonly verdictIn: "status" | "body";
}

export interface TokenCodec<Tokens> {
  /**
   * Rises when an older program could no longer read the stored form; a further field that it can do without does not raise it. A stored
   * version newer than this is `store_version`.
   */
  readonly version: number;
  encode(tokens: Tokens): Json;
  /**
   * Fields that it does not know are passed over: a newer program on the same store may have written them, and they stay in the record.
   * @param version the one that the form was written with: this one's or an older one
   * @throws any error for a form it does not know; the engine makes it `store_corrupt`
   */
  decode(json: unknown, version: number): Tokens;
}

/** Who an account is at its broker. Never shown. */
export interface AccountIdentity {
  /** `production`, `uat` or `sandbox`: shown to users. */
  readonly environment: string;
  /** Everything that makes it another account at the broker: phone or client code, and the base URL where it was replaced. */
  readonly identity: string;
  /** A device id of the user's own choice. One that differs from the stored one is `configuration`. */
  readonly deviceId?: string | undefined;
  /**
   * For each configured factor everything that the broker judges together with it, so that a corrected field makes it a new credential.
   * A factor that a person or a code source gives is absent.
   */
  readonly factors: Readonly<Partial<Record<Factor, Secret | undefined>>>;
  /** What a login with these credentials has to ask a person for, in order; none for an unattended one. A renewal may need less. */
  readonly asks: readonly Challenge["kind"][];
}

export interface AuthorizeRequest {
  /** Path, beginning with `/`, with its query. */
  readonly path: string;
  /** Which of the broker's header sets, where it has several; the provider's README lists them. */
  readonly purpose?: string | undefined;
}

export interface Authorization {
  /** Scheme, host and port: the only place these headers may go to. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}
