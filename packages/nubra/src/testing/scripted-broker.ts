import { BrokerAuthError, type LoginStep, Secret, type Session } from "@x/core/adapter";
import {
  type FakeClock,
  fakeClock,
  type ScriptedAnswer,
  scriptedFetch,
  type SentRequest,
  type TestContext,
  testContext,
  type TestContextOptions,
} from "@x/core/testing";
import { expect } from "vitest";
import type { NubraAccount, NubraCredentials } from "../credentials.ts";
import type { NubraOptions } from "../options.ts";
import { nubra, type NubraProvider } from "../provider.ts";
import type { NubraTokens } from "../tokens.ts";
import { canaries, sessionToken, startedAt } from "./answers.ts";

export interface ScriptedBroker {
  readonly provider: NubraProvider;
  readonly credentials: NubraCredentials;
  readonly context: TestContext;
  readonly clock: FakeClock;
  readonly sent: readonly SentRequest[];
}

export interface ScriptedBrokerOptions extends Omit<TestContextOptions, "fetch" | "clock"> {
  readonly options?: NubraOptions;
  /** Fields to add to the phone; `undefined` takes one away. Default: MPIN and TOTP secret. */
  readonly account?: Partial<NubraAccount>;
}

/** The adapter against a script of recorded answers, with every secret a canary. */
export function scriptedBroker(
  answers: readonly (ScriptedAnswer | ((request: SentRequest) => ScriptedAnswer))[],
  given: ScriptedBrokerOptions = {},
): ScriptedBroker {
  const { options, account = { mpin: canaries.mpin, totpSecret: canaries.totpSecret }, ...rest } = given;
  const provider = nubra(options);
  const clock = fakeClock(startedAt);
  const script = scriptedFetch(...answers);
  const context = testContext({ deviceId: canaries.deviceId, ...rest, fetch: script.fetch, clock });
  return {
    provider,
    credentials: provider.parseCredentials({ phone: canaries.phone, ...account }),
    context,
    clock,
    sent: script.sent,
  };
}

/** A session as the engine would hand it back. */
export function liveSession(token: string = sessionToken()): Session<NubraTokens> {
  return {
    tokens: { sessionToken: new Secret(token) },
    issuedAt: startedAt,
    expiresAt: startedAt + 7 * 3_600_000,
    deviceId: new Secret(canaries.deviceId),
    generation: 1,
  };
}

/** What a call is refused with. */
export async function refused(work: Promise<unknown> | (() => unknown)): Promise<BrokerAuthError> {
  const error = await (async () => (typeof work === "function" ? work() : work))().then(
    () => expect.unreachable("it was expected to be refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BrokerAuthError);
  return error as BrokerAuthError;
}

export type ChallengeStep = Extract<LoginStep<NubraTokens>, { kind: "challenge" }>;
export type SessionStep = Extract<LoginStep<NubraTokens>, { kind: "session" }>;

/** The step, which must be a challenge. */
export function challenged(step: LoginStep<NubraTokens>): ChallengeStep {
  expect(step.kind).toBe("challenge");
  return step as ChallengeStep;
}

/** The step, which must be a session. */
export function opened(step: LoginStep<NubraTokens>): SessionStep {
  expect(step.kind).toBe("session");
  return step as SessionStep;
}

/** What was sent, with the headers that matter: those that fetch itself adds are left out. */
export function wire({ method, url, headers, body }: SentRequest): {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
} {
  const {
    accept: _accept,
    "user-agent": _agent,
    "accept-language": _language,
    "sec-fetch-mode": _mode,
    "accept-encoding": _encoding,
    ...own
  } = headers;
  return { method, url, headers: own, body };
}
