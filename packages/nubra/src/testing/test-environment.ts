import { type BrokerAuth, createBrokerAuth, memoryStore } from "@x/core";
import type { SessionGrant, Session } from "@x/core/adapter";
import { type FakeClock, fakeClock, type TestContext, testContext } from "@x/core/testing";
import {
  createSandboxClock,
  demoAccounts,
  type JournalEntry,
  type NubraSandbox,
  type NubraSandboxOptions,
  type NubraScenarioName,
  startNubraSandbox,
} from "@x/sandbox";
import type { NubraAccount, NubraCredentials } from "../credentials.ts";
import type { NubraOptions } from "../options.ts";
import { nubra, type NubraProvider } from "../provider.ts";
import type { NubraTokens } from "../tokens.ts";
import { startedAt } from "./answers.ts";
import { opened } from "./scripted-broker.ts";

export interface TestEnvironmentOptions {
  /** Which demo account logs in: `main` by TOTP (default), `sms` by a texted code. */
  readonly account?: "main" | "sms";
  /** Fields to add or, as `undefined`, to take away. */
  readonly fields?: Partial<NubraAccount>;
  readonly options?: NubraOptions;
  readonly sandbox?: NubraSandboxOptions;
  readonly deviceId?: string;
}

export interface TestEnvironment extends AsyncDisposable {
  readonly sandbox: NubraSandbox;
  readonly provider: NubraProvider;
  readonly input: NubraAccount;
  readonly credentials: NubraCredentials;
  readonly context: TestContext;
  /** The one clock of both sides. */
  readonly clock: FakeClock;
  /** Logs in to the end; the account must need nobody. */
  login(): Promise<Session<NubraTokens>>;
  /** Plays a scenario for this account. */
  play(name: NubraScenarioName, parameters?: Readonly<Record<string, string | number | boolean>>): void;
  /** The steps that arrived, in order, such as `verifypin accepted`. */
  arrived(): string[];
  entries(): readonly JournalEntry[];
  /** The session engine for this account, as `main`, with a memory store. */
  engine(): BrokerAuth<NubraProvider, "main">;
}

/** The adapter against a real Nubra sandbox over real sockets. It is in lint mode: what is merely harmless is refused as well. */
export async function openTestEnvironment(given: TestEnvironmentOptions = {}): Promise<TestEnvironment> {
  const { account = "main", fields = {}, options, deviceId = "device-0001" } = given;
  const clock = fakeClock(startedAt);
  const sandbox = await startNubraSandbox({
    lint: true,
    clock: createSandboxClock({ now: () => clock.now() }),
    ...given.sandbox,
  });
  const known = demoAccounts.nubra.find(({ name }) => name === account)!;
  const provider = nubra(options);
  const all = {
    phone: known.phone,
    mpin: known.mpin,
    totpSecret: known.totpSecret,
    environment: "sandbox",
    baseUrl: sandbox.url,
    ...fields,
  };
  const input = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as NubraAccount;
  const credentials = provider.parseCredentials(input);
  const context = testContext({ clock, deviceId });
  return {
    sandbox,
    provider,
    input,
    credentials,
    context,
    clock,
    login: async () => held(opened(await provider.begin(credentials, context)).session),
    play: (name, parameters = {}) => sandbox.scenarios.set(account, { name, ...parameters }),
    arrived: () => sandbox.journal.entries().map(({ step, outcome }) => `${step ?? "?"} ${outcome}`),
    entries: () => sandbox.journal.entries(),
    engine: () => engineOn(provider, input, clock),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

export function held(session: SessionGrant<NubraTokens>, generation = 1): Session<NubraTokens> {
  return { ...session, generation };
}

function engineOn(provider: NubraProvider, input: NubraAccount, clock: FakeClock): BrokerAuth<NubraProvider, "main"> {
  const platform = {
    random: () => 0,
    clock: { now: () => clock.now(), sleep: async (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) },
  };
  return createBrokerAuth({
    brokers: [provider],
    accounts: { main: { broker: "nubra", ...input } },
    store: memoryStore(),
    ...platform,
  });
}
