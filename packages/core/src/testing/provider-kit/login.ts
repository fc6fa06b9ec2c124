import { isBrokerAuthError } from "../../errors/broker-auth-error.ts";
import type { Answer, Challenge } from "../../contract/challenge.ts";
import type { ProviderContext } from "../../contract/provider-context.ts";
import type { LoginStep } from "../../contract/login-step.ts";
import type { BrokerAuthProvider } from "../../contract/provider.ts";
import type { Renewal, Session } from "../../contract/session.ts";
import type { CallList, ProviderTestEnvironment } from "./test-environment.ts";
import { check } from "./expectation.ts";

/** How an account logs in: as its owner configured it, or with every question that there is to ask. */
export type Way = "login" | "byHand";

export interface LoginOptions {
  /** Default `login`. */
  readonly way?: Way;
  /** The instance for the step after so many questions. Default: the environment's own for all. */
  readonly instance?: (asked: number) => BrokerAuthProvider;
  /** Renews by this in place of a login from the beginning. */
  readonly renewal?: Renewal;
  /** Fields of the account to leave out, in place of what the way leaves out. */
  readonly without?: readonly string[];
  /** What becomes of credentials, pending login and answer before the adapter gets them. */
  readonly prepare?: <Value>(value: Value) => Value;
}

type ChallengeStep = Extract<LoginStep<unknown>, { kind: "challenge" }>;
type SessionStep = Extract<LoginStep<unknown>, { kind: "session" }>;

/** Where a login stands: at a question, with the answer to it, or at its session. */
export type Stage = { readonly credentials: unknown } & (
  | { readonly step: ChallengeStep; readonly answer: Exclude<Answer, { kind: "resend" }> }
  | { readonly step: SessionStep; readonly answer?: undefined }
);

export interface Login {
  readonly credentials: unknown;
  readonly session: Session<unknown>;
  readonly renewal: Renewal | undefined;
  readonly asked: readonly Challenge["kind"][];
  /** What its owner gave, and the parts of it where it is an address. */
  readonly typed: readonly string[];
}

const mostQuestions = 6;

/** A login as the account's owner goes through it. Each stage is seen before the next call of the adapter, so that it can be tried otherwise there. */
export async function* login(
  test: ProviderTestEnvironment,
  context: ProviderContext,
  options: LoginOptions = {},
): AsyncGenerator<Stage> {
  const { instance = () => test.provider, prepare = (value) => value, way = "login" } = options;
  const provider = instance(0);
  const account = options.without === undefined ? accountOf(test, way) : without(test.account, options.without);
  const credentials = prepare(provider.parseCredentials(account));
  let step = await (options.renewal && provider.renew
    ? provider.renew(options.renewal, credentials, context)
    : provider.begin(credentials, context));
  for (let asked = 0; step.kind === "challenge"; asked++) {
    // A login that asks again has refused what its owner gave.
    if (step.refused !== undefined) throw step.refused;
    check(asked < mostQuestions, `the login comes to no end: found ${asked} questions, expected a session`);
    const answer = { kind: step.challenge.kind, value: await test.answer(step.challenge) };
    yield { credentials, step, answer };
    step = await instance(asked + 1).answer(prepare(step.pending), prepare(answer), credentials, context);
  }
  yield { credentials, step };
}

/** Logs in to the end. */
export async function logIn(
  test: ProviderTestEnvironment,
  context: ProviderContext,
  options: LoginOptions = {},
): Promise<Login> {
  const asked: Challenge["kind"][] = [];
  const typed: string[] = [];
  for await (const { credentials, step, answer } of login(test, context, options)) {
    if (answer === undefined) {
      const session = { ...step.session, generation: 1 };
      return { credentials, session, renewal: step.renewal, asked, typed };
    }
    asked.push(answer.kind);
    typed.push(...partsOf(answer.value));
  }
  throw new Error("the login comes to no end");
}

/** Both ways of an account; one where they are the same. */
export function waysOf(test: ProviderTestEnvironment): readonly Way[] {
  return savingFields(test).length === 0 ? ["login"] : ["login", "byHand"];
}

/** The calls that the test environment declares for a way. */
export function declaredLogin({ calls }: ProviderTestEnvironment, way: Way): readonly CallList[] {
  const declared = way === "login" ? calls.login : calls.byHand;
  check(
    declared !== undefined,
    "calls.byHand: found none in the test environment, expected it for an account that can ask for more",
  );
  return declared;
}

/** The account of a way. */
export function accountOf(test: ProviderTestEnvironment, way: Way): Readonly<Record<string, unknown>> {
  return way === "login" ? test.account : without(test.account, savingFields(test));
}

/** The optional fields of the account that save a person a question: what `asks` grows by without them tells which. */
export function savingFields({ provider, account }: ProviderTestEnvironment): readonly string[] {
  const saving: string[] = [];
  for (const [field, { required }] of Object.entries(provider.fields)) {
    if (required || !Object.hasOwn(account, field)) continue;
    const asked = questionsOf(provider, without(account, saving)) ?? 0;
    if ((questionsOf(provider, without(account, [...saving, field])) ?? 0) > asked) saving.push(field);
  }
  return saving;
}

export function without(
  account: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(account).filter(([field]) => !fields.includes(field)));
}

// None for what is no account.
function questionsOf(provider: BrokerAuthProvider, account: object): number | undefined {
  try {
    return provider.identify(provider.parseCredentials(account)).asks.length;
  } catch (error) {
    if (isBrokerAuthError(error)) return undefined;
    throw error;
  }
}

/** An answer, and the parts of it where it is an address. */
export function partsOf(value: string): readonly string[] {
  if (!URL.canParse(value)) return [value];
  return [value, ...new URL(value).searchParams.values()].filter((part) => part.length > 3);
}
