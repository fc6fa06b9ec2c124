import { type BrokerAuth, createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import type { ResponseView, Session } from "@x/core/adapter";
import { type FakeClock, fakeClock, type TestContext, testContext, type TestContextOptions } from "@x/core/testing";
import {
  createSandboxClock,
  demoAccounts,
  type JournalEntry,
  type KotakNeoSandbox,
  type KotakNeoSandboxAccount,
  type KotakNeoSandboxOptions,
  type KotakNeoScenarioName,
  startKotakNeoSandbox,
} from "@x/sandbox";
import type { KotakNeoAccount, KotakNeoCredentials } from "../credentials.ts";
import type { KotakNeoOptions } from "../options.ts";
import { kotakNeo, type KotakNeoProvider } from "../provider.ts";
import type { KotakNeoTokens } from "../tokens.ts";

export interface TestEnvironmentOptions {
  /** Fields of the account to replace or, as `undefined`, to take away. */
  readonly fields?: Partial<KotakNeoAccount>;
  readonly options?: KotakNeoOptions;
  readonly sandbox?: KotakNeoSandboxOptions;
  readonly context?: Omit<TestContextOptions, "clock">;
}

export interface TestEnvironment extends AsyncDisposable {
  readonly sandbox: KotakNeoSandbox;
  readonly customer: KotakNeoSandboxAccount;
  readonly provider: KotakNeoProvider;
  readonly input: KotakNeoAccount;
  readonly credentials: KotakNeoCredentials;
  readonly context: TestContext;
  /** The one clock of both sides. */
  readonly clock: FakeClock;
  /** Logs in to the end; the account must need nobody. */
  readonly login: () => Promise<Session<KotakNeoTokens>>;
  /** Plays a scenario for this account. */
  play(name: KotakNeoScenarioName, parameters?: Readonly<Record<string, string | number | boolean>>): void;
  /** The steps that arrived, in order, such as `login accepted`. */
  arrived(): string[];
  entries(): readonly JournalEntry[];
  /** Sends a request with the session and shows the adapter what the engine would show it of the answer. */
  ask(session: Session<KotakNeoTokens>, path: string, init?: RequestInit): Promise<ResponseView>;
  /** The session engine for this account, as `hedge`; all engines of an environment share one memory store. */
  engine(fields?: Partial<KotakNeoAccount>, fetch?: typeof globalThis.fetch): BrokerAuth<KotakNeoProvider, "hedge">;
}

/** 2031-03-03 10:00:10 IST, well inside a TOTP time step. */
export const startedAt: number = Date.UTC(2031, 2, 3, 4, 30, 10);

/** The adapter against a real Kotak Neo sandbox over real sockets. It is in lint mode: what is merely harmless is refused as well. */
export async function openTestEnvironment(given: TestEnvironmentOptions = {}): Promise<TestEnvironment> {
  const clock = fakeClock(startedAt);
  const sandbox = await startKotakNeoSandbox({
    lint: true,
    clock: createSandboxClock({ now: () => clock.now() }),
    ...given.sandbox,
  });
  const customer = demoAccounts.kotakNeo.find(({ name }) => name === "hedge");
  if (customer === undefined) throw new Error("the sandbox has no account hedge");
  const provider = kotakNeo(given.options);
  const { accessToken, mobileNumber, ucc, mpin, totpSecret } = customer;
  const known = { accessToken, mobileNumber, ucc, mpin, totpSecret };
  const place = { environment: "sandbox", loginBaseUrl: sandbox.loginUrl } as const;
  const input: KotakNeoAccount = { ...known, ...place, ...given.fields };
  const credentials = provider.parseCredentials(input);
  const store = memoryStore();
  const context = testContext({ ...given.context, clock });
  return {
    sandbox,
    customer,
    provider,
    input,
    credentials,
    context,
    clock,
    async login() {
      const step = await provider.begin(credentials, context);
      if (step.kind !== "session") throw new Error(`the login stopped at ${step.challenge.kind}`);
      return { ...step.session, generation: 1 };
    },
    play: (name, parameters = {}) => sandbox.scenarios.set("hedge", { name, ...parameters }),
    arrived: () => sandbox.journal.entries().map(({ step, outcome }) => `${step ?? "?"} ${outcome}`),
    entries: () => sandbox.journal.entries(),
    async ask(session, path, init = {}) {
      const { origin, headers } = provider.authorize(session, credentials, { path });
      const response = await fetch(`${origin}${path}`, { ...init, headers });
      const text = await response.text();
      const json: unknown = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined;
      const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
      return { method: init.method ?? "GET", path, status: response.status, header, json };
    },
    engine: (fields, sending = fetch) => engineOn(provider, { ...input, ...fields }, { store, clock, fetch: sending }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

function engineOn(
  provider: KotakNeoProvider,
  input: KotakNeoAccount,
  { store, clock, fetch: given }: { store: TokenStore; clock: FakeClock; fetch: typeof fetch },
): BrokerAuth<KotakNeoProvider, "hedge"> {
  const platform = {
    random: () => 0,
    fetch: given,
    clock: { now: () => clock.now(), sleep: async (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) },
  };
  return createBrokerAuth({
    brokers: [provider],
    accounts: { hedge: { broker: "kotak-neo", ...input } },
    store,
    ...platform,
  });
}
