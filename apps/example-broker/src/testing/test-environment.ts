import { type BrokerAuth, createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import { type BrokerAuthError, isBrokerAuthError, type LoginStep, type Session } from "@x/core/adapter";
import { type FakeClock, fakeClock, type TestContext, testContext } from "@x/core/testing";
import type { ExampleBrokerAccount, ExampleBrokerCredentials } from "../credentials.ts";
import { exampleBroker, type ExampleBrokerProvider } from "../provider.ts";
import { demoApp, demoCustomers, type ExampleSandbox, startExampleSandbox } from "../sandbox/sandbox.ts";
import type { ExampleBrokerTokens } from "../tokens.ts";

export type Step = LoginStep<ExampleBrokerTokens>;

export interface TestEnvironment extends AsyncDisposable {
  readonly sandbox: ExampleSandbox;
  /** The one clock of both sides: 2031-03-03 09:00 IST. */
  readonly clock: FakeClock;
  readonly provider: ExampleBrokerProvider;
  readonly account: ExampleBrokerAccount;
  readonly credentials: ExampleBrokerCredentials;
  readonly context: TestContext;
  /** Answers a step that waits for the redirect. */
  reply(step: Step, value: string): Promise<Step>;
  /** Logs in to the end. */
  logIn(): Promise<Session<ExampleBrokerTokens>>;
  /** A session engine with this account as `main`; all engines of an environment share one store. */
  engine(store?: TokenStore): BrokerAuth<ExampleBrokerProvider, "main">;
}

/** The adapter against its sandbox, over real sockets. */
export async function openTestEnvironment(changes: Partial<ExampleBrokerAccount> = {}): Promise<TestEnvironment> {
  const clock = fakeClock();
  const sandbox = await startExampleSandbox({ now: () => clock.now() });
  const provider = exampleBroker();
  const place = { environment: "sandbox", baseUrl: sandbox.url } as const;
  const account: ExampleBrokerAccount = { ...demoApp, userId: demoCustomers[0], ...place, ...changes };
  const credentials = provider.parseCredentials(account);
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
    account,
    credentials,
    context,
    reply,
    async logIn() {
      const first = await provider.begin(credentials, context);
      const last = await reply(first, await sandbox.logInAtPage(pageOf(first)));
      if (last.kind !== "session") throw new Error("the login does not come to an end");
      return { ...last.session, generation: 1 };
    },
    engine: (store = shared) =>
      createBrokerAuth({
        brokers: [provider],
        accounts: { main: { broker: "example-broker", ...account } },
        store,
        random: () => 0,
        clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      }),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
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
