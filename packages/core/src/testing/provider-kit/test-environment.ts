import type { Challenge } from "../../contract/challenge.ts";
import type { BrokerAuthErrorCode } from "../../errors/error-codes.ts";
import type { BrokerAuthProvider } from "../../contract/provider.ts";
import type { TestContext, TestContextOptions } from "../test-context.ts";

/** A broker that belongs to one test, two accounts there, and what its adapter is expected to do with them. */
export interface ProviderTestEnvironment {
  /** The adapter under test, with default options: an instance of its own for every test. */
  readonly provider: BrokerAuthProvider;
  /** What a user would configure for an unattended login, or for the most unattended one there is. */
  readonly account: Readonly<Record<string, unknown>>;
  /** An account that is another one at the same broker. It never logs in. */
  readonly otherAccount: Readonly<Record<string, unknown>>;
  /** Every secret and identifier in `account`, as text: none may show up where people look. */
  readonly markers: readonly string[];
  /** Scheme, host and port of everything that the adapter may call, authorise for or open a socket at. */
  readonly origins: readonly string[];
  /** What each operation sends. */
  readonly calls: DeclaredCalls;
  /** Those of these calls that the broker takes only with a token in their address, without the factors. Default none. */
  readonly tokenInAddress?: CallList;
  /** What a refused login or renewal looks like. */
  readonly refusals: DeclaredRefusals;
  /** What answers to a session's requests mean. */
  readonly verdicts: DeclaredVerdicts;
  /**
   * When a session that was minted at `issuedAt` ends, both in epoch milliseconds: the broker's rule, reckoned here once more and not asked of
   * the adapter. Exactly: the engine has a margin, an adapter has none.
   */
  endsAt(issuedAt: number): number;
  /** A test ProviderContext whose fetch reaches the broker, on the broker's clock. The options go over the environment's own. */
  context(options?: TestContextOptions): TestContext;
  /** What the account's owner answers to a challenge; for the MPIN the one in `account`. */
  answer(challenge: Challenge): string | Promise<string>;
  /** Ends all sessions of the account at the broker. */
  endSessions(): void | Promise<void>;
  /** Requests that have arrived at the broker so far, of any kind, but for those of a person's browser. */
  arrived(): number;
  cleanup?(): void | PromiseLike<void>;
}

/**
 * Calls as `METHOD /path` without a query, in their order. Before a call that carries factors stand these, as they are spent, and an arrow:
 * `mpin > POST /verifypin`, `mpin totp > POST /totp/enable`.
 */
export type CallList = readonly string[];

/** What is left out here sends nothing, or is no member of the provider. */
export interface DeclaredCalls {
  /** With `account`: the calls of `begin`, and then those of each `answer` up to the session. */
  readonly login: readonly CallList[];
  /** The same for an account without the optional fields that save a person a question. Default: as `login`, for an account that has none. */
  readonly byHand?: readonly CallList[];
  readonly renew?: CallList;
  readonly probe?: CallList;
  readonly revoke?: CallList;
  readonly network?: CallList;
  readonly serverTime?: CallList;
  /** By purpose; each one that the provider has. */
  readonly socket?: Readonly<Record<string, CallList>>;
}

/** An answer as the broker gives it. */
export interface DeclaredReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The parsed body, where it is JSON. */
  readonly json?: unknown;
}

/** An answer to a request of a session. */
export interface DeclaredAnswer extends DeclaredReply {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
}

/** An answer that refuses a call of a login or a renewal, and what its caller is told. */
export interface DeclaredRefusal extends DeclaredReply {
  /** As in `calls`, without the factors: `POST /verifypin`. */
  readonly call: string;
  readonly code: BrokerAuthErrorCode;
}

/** Each form that is known, those under HTTP 200 first of all; at least one for each call that carries a factor. */
export interface DeclaredRefusals {
  readonly login: readonly DeclaredRefusal[];
  /** Left out where the provider has no `renew`. Whatever refuses a renewal that is over belongs here too. */
  readonly renew?: readonly DeclaredRefusal[];
}

export interface DeclaredVerdicts {
  /** What a session that has ended gets, in each form that is known. The verdict is `dead`, or `suspect` where a probe decides. */
  readonly dead: readonly DeclaredAnswer[];
  /**
   * What a living session gets and looks like an end: a report that is not there, a missing permission, the wrong network address, throttling,
   * maintenance. Never `dead`; with `code`, the caller is told that one.
   */
  readonly living: readonly (DeclaredAnswer & { readonly code?: BrokerAuthErrorCode })[];
}

export interface ProviderDifferences {
  /** Nothing but time or the user's own act ends a session, so the kit cannot see a dead one. Default false. */
  readonly sessionsCannotBeEnded?: boolean;
}
