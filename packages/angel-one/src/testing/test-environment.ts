import { type BrokerAuth, createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import type { Renewal, Session } from "@x/core/adapter";
import { type FakeClock, fakeClock, type TestContext, testContext } from "@x/core/testing";
import {
  type AngelOneSandbox,
  type AngelOneSandboxOptions,
  type AngelOneScenarioName,
  createSandboxClock,
  startAngelOneSandbox,
} from "@x/sandbox";
import type { AngelOneAccount, AngelOneCredentials } from "../credentials.ts";
import { angelOne, type AngelOneProvider } from "../provider.ts";
import type { AngelOneTokens } from "../tokens.ts";
import { startedAt } from "./answers.ts";
import { opened } from "./scripted-broker.ts";

export interface TestEnvironmentOptions {
  /** Fields of the account to replace or, as `undefined`, to take away. */
  readonly fields?: Partial<AngelOneAccount>;
  readonly sandbox?: AngelOneSandboxOptions;
}

export interface TestEnvironment extends AsyncDisposable {
  readonly sandbox: AngelOneSandbox;
  readonly clock: FakeClock;
  readonly provider: AngelOneProvider;
  readonly input: AngelOneAccount;
  readonly credentials: AngelOneCredentials;
  readonly context: TestContext;
  /** Logs in to the end; the account must need nobody. */
  login(): Promise<{ readonly session: Session<AngelOneTokens>; readonly renewal: Renewal | undefined }>;
  /** Plays a scenario for this account. */
  play(name: AngelOneScenarioName, parameters?: Readonly<Record<string, string | number | boolean>>): void;
  /** The calls that arrived, in order, such as `login accepted`; not those for the time. */
  arrived(): string[];
  /** The session engine for this account, as `main`; all engines of an environment share one store. */
  engine(store?: TokenStore): BrokerAuth<AngelOneProvider, "main">;
}

/** The adapter against a real Angel One sandbox over real sockets. It is in lint mode: what is merely harmless is refused as well. */
export async function openTestEnvironment(given: TestEnvironmentOptions = {}): Promise<TestEnvironment> {
  const clock = fakeClock(startedAt);
  const sandbox = await startAngelOneSandbox({
    lint: true,
    clock: createSandboxClock({ now: () => clock.now() }),
    ...given.sandbox,
  });
  const provider = angelOne();
  const { broker: _, ...known } = sandbox.accountInput("main");
  const input: AngelOneAccount = { ...known, ...given.fields };
  const credentials = provider.parseCredentials(input);
  const context = testContext({ clock });
  const shared = memoryStore();
  return {
    sandbox,
    clock,
    provider,
    input,
    credentials,
    context,
    async login() {
      const { session, renewal } = opened(await provider.begin(credentials, context));
      return { session: { ...session, generation: 1 }, renewal };
    },
    play: (name, parameters = {}) => sandbox.scenarios.set("main", { name, ...parameters }),
    arrived: () =>
      sandbox.journal
        .entries()
        .map(({ step, outcome }) => `${step ?? "?"} ${outcome}`)
        .filter((line) => line !== "profile refused: missing-token"),
    engine: (store = shared) =>
      createBrokerAuth({
        brokers: [provider],
        accounts: { main: { broker: "angel-one", ...input } },
        store,
        random: () => 0,
        clock: { now: () => clock.now(), sleep: async (ms, signal) => clock.sleep(ms, signal) },
      }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
