import { type BrokerAuth, createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import { type BrokerAuthError, isBrokerAuthError, type LoginStep, type Session } from "@x/core/adapter";
import {
  type FakeClock,
  fakeClock,
  type ScriptedAnswer,
  scriptedFetch,
  type TestContext,
  testContext,
} from "@x/core/testing";
import {
  createSandboxClock,
  startZerodhaSandbox,
  type ZerodhaSandbox,
  type ZerodhaSandboxOptions,
  type ZerodhaScenarioName,
} from "@x/sandbox";
import type { ZerodhaClient } from "../client.ts";
import type { ZerodhaAccount, ZerodhaCredentials } from "../credentials.ts";
import { zerodha, type ZerodhaProvider } from "../provider.ts";
import type { ZerodhaTokens } from "../tokens.ts";

export type Step = LoginStep<ZerodhaTokens>;

/** An invented account at the broker's own addresses. */
export const account: { readonly apiKey: string; readonly apiSecret: string; readonly userId: string } = {
  apiKey: "kx7demo0apikey01",
  apiSecret: "s9demo0apisecret0000000000000001",
  userId: "QX4417",
};

export const requestToken: string = "0123456789abcdef0123456789abcdef";

export const accessToken: string = "yy0invented0access0token00000001";

/** 2031-03-03 09:30:00 IST. */
export const startedAt: number = Date.UTC(2031, 2, 3, 4, 0);

/** The answer to call 2 as the broker sends it (zerodha.md section 2), with invented values. */
export const granted: { readonly status: string; readonly data: Readonly<Record<string, unknown>> } = {
  status: "success",
  data: {
    user_type: "individual",
    email: "qx4417@example.com",
    user_name: "TEST USER",
    user_shortname: "TEST",
    broker: "ZERODHA",
    exchanges: ["NSE", "NFO"],
    products: ["CNC", "MIS"],
    order_types: ["MARKET", "LIMIT"],
    avatar_url: null,
    user_id: account.userId,
    api_key: account.apiKey,
    access_token: accessToken,
    public_token: "yy0invented0public0token00000001",
    refresh_token: "",
    login_time: "2031-03-03 09:30:00",
    meta: { demat_consent: "consent" },
  },
};

/** A refusal as the broker sends it (zerodha.md section 3). */
export function refusedAs(errorType: string, message = "invented"): Record<string, unknown> {
  return { status: "error", message, data: null, error_type: errorType };
}

export interface Scripted {
  readonly client: ZerodhaClient;
  readonly context: TestContext;
  readonly sent: ReturnType<typeof scriptedFetch>["sent"];
}

/** The adapter at the broker's own addresses, with these answers in place of the broker. */
export function scripted(...answers: readonly ScriptedAnswer[]): Scripted {
  const script = scriptedFetch(...answers);
  const context = testContext({ clock: fakeClock(startedAt), fetch: script.fetch });
  const credentials = zerodha().parseCredentials(account);
  const settings = { timeoutMs: undefined, maxBodyBytes: undefined };
  return { client: { settings, credentials, context }, context, sent: script.sent };
}

/** A session of the account, as a login would have left it. */
export function sessionOf(context: TestContext): Session<ZerodhaTokens> {
  const { tokens } = zerodha();
  const grant = { tokens: tokens.decode({ accessToken }, 1), issuedAt: startedAt, expiresAt: startedAt + 1 };
  return { ...grant, deviceId: context.deviceId, generation: 1 };
}

export interface TestEnvironmentOptions {
  readonly fields?: Partial<ZerodhaAccount>;
  readonly sandbox?: ZerodhaSandboxOptions;
}

export interface TestEnvironment extends AsyncDisposable {
  readonly sandbox: ZerodhaSandbox;
  readonly clock: FakeClock;
  readonly provider: ZerodhaProvider;
  readonly input: ZerodhaAccount;
  readonly credentials: ZerodhaCredentials;
  readonly context: TestContext;
  /** Answers a step that waits for the redirect. */
  reply(step: Step, value: string): Promise<Step>;
  /** Logs in to the end. */
  login(): Promise<Session<ZerodhaTokens>>;
  play(name: ZerodhaScenarioName, parameters?: Readonly<Record<string, string | number | boolean>>): void;
  /** The calls that arrived, in order, such as `session-token accepted`; not a person's browser. */
  arrived(): string[];
  /** A session engine with this account as `main`; all engines of a test environment share one store. */
  engine(store?: TokenStore): BrokerAuth<ZerodhaProvider, "main">;
}

/** The adapter against a real Zerodha sandbox over real sockets. It is in lint mode: what is merely harmless is refused as well. */
export async function openTestEnvironment(given: TestEnvironmentOptions = {}): Promise<TestEnvironment> {
  const clock = fakeClock(startedAt);
  const sandbox = await startZerodhaSandbox({
    lint: true,
    clock: createSandboxClock({ now: () => clock.now() }),
    ...given.sandbox,
  });
  const provider = zerodha();
  const { broker: _, ...known } = sandbox.accountInput("main");
  const input: ZerodhaAccount = { ...known, ...given.fields };
  const credentials = provider.parseCredentials(input);
  const context = testContext({ clock });
  const shared = memoryStore();
  const reply: TestEnvironment["reply"] = (step, value) => {
    if (step.kind !== "challenge") throw new Error("the login waits for nothing");
    return provider.answer(step.pending, { kind: "redirect", value }, credentials, context);
  };
  return {
    sandbox,
    clock,
    provider,
    input,
    credentials,
    context,
    reply,
    async login() {
      const first = await provider.begin(credentials, context);
      const last = await reply(first, sandbox.logInAtPage(pageOf(first), "main"));
      if (last.kind !== "session") throw new Error("the login does not come to an end");
      return { ...last.session, generation: 1 };
    },
    play: (name, parameters = {}) => sandbox.scenarios.set("main", { name, ...parameters }),
    arrived: () => sandbox.journal.entries().map(({ step, outcome }) => `${step ?? "?"} ${outcome}`),
    engine: (store = shared) =>
      createBrokerAuth({
        brokers: [provider],
        accounts: { main: { broker: "zerodha", ...input } },
        store,
        random: () => 0,
        clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** The address that a step sends a person to. */
export function pageOf(step: {
  readonly kind: string;
  readonly challenge?: { readonly kind: string; readonly url?: string };
}): string {
  if (step.challenge?.url === undefined) throw new Error("the login asks for no redirect");
  return step.challenge.url;
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
