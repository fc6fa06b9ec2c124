import { type BrokerAuthError, isBrokerAuthError, type LoginStep, Secret, type Session } from "@x/core/adapter";
import {
  fakeClock,
  type ScriptedAnswer,
  scriptedFetch,
  type TestContext,
  testContext,
  type TestContextOptions,
} from "@x/core/testing";
import type { AngelOneClient } from "../client.ts";
import { type AngelOneAccount, parseCredentials } from "../credentials.ts";
import { type AngelOneOptions, parseOptions } from "../options.ts";
import type { AngelOneTokens } from "../tokens.ts";
import { feedToken, jwtToken, midnight, startedAt } from "./answers.ts";

/** What every login needs, without what a person would type. Invented. */
export const attended: { readonly apiKey: string; readonly clientCode: string; readonly pin: string } = {
  apiKey: "aB3demo9",
  clientCode: "T100009",
  pin: "0739",
};

/** The same with everything that an unattended login needs. */
export const account: typeof attended & { readonly totpSecret: string } = {
  ...attended,
  totpSecret: "ANGELADAPTERTESTACCOUNTSECRET234",
};

export interface ScriptedOptions {
  readonly account?: AngelOneAccount;
  readonly options?: AngelOneOptions;
  readonly context?: Omit<TestContextOptions, "fetch">;
}

export interface Scripted {
  readonly client: AngelOneClient;
  readonly context: TestContext;
  readonly sent: ReturnType<typeof scriptedFetch>["sent"];
}

/** The adapter at the broker's own addresses, with these answers in place of the broker. */
export function scripted(answers: readonly ScriptedAnswer[], given: ScriptedOptions = {}): Scripted {
  const script = scriptedFetch(...answers);
  const context = testContext({ clock: fakeClock(startedAt), fetch: script.fetch, ...given.context });
  const settings = parseOptions(given.options ?? {});
  const credentials = parseCredentials(given.account ?? account, settings);
  return { client: { settings, credentials, context }, context, sent: script.sent };
}

/** A session of the account, as a login would have left it. */
export function sessionOf(context: TestContext): Session<AngelOneTokens> {
  return {
    tokens: { jwtToken: new Secret(jwtToken), feedToken: new Secret(feedToken) },
    issuedAt: startedAt,
    expiresAt: midnight,
    deviceId: context.deviceId,
    generation: 1,
  };
}

type Step = LoginStep<AngelOneTokens>;

/** The session that a step came to. */
export function opened(step: Step): Extract<Step, { kind: "session" }> {
  if (step.kind === "session") return step;
  throw new Error(`the login stopped at ${step.challenge.kind}`);
}

/** The error that something ends in; anything else than one of ours fails the test. */
export async function refusalOf(run: () => unknown): Promise<BrokerAuthError> {
  try {
    await run();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
