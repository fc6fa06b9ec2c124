import { type BrokerAuth, createBrokerAuth, memoryStore, type TokenStore } from "@x/core";
import { fakeClock, type FakeClock } from "@x/core/testing";
import { type KotakNeoAccount, kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraAccount, type NubraProvider } from "@x/nubra";
import {
  createSandboxClock,
  demoAccounts,
  type KotakNeoScenarioName,
  type NubraScenarioName,
  type Sandbox,
  type SandboxBroker,
  type SandboxOptions,
  type Scenario,
  startSandbox,
} from "@x/sandbox";

/** A scenario of either broker. */
export type BrokerScenario = Scenario<NubraScenarioName | KotakNeoScenarioName>;

export type DeskAuth = BrokerAuth<NubraProvider | KotakNeoProvider, "main" | "hedge", never>;

/** Both brokers on one clock that stands still until it is moved or slept on, and engines that share a store. */
export interface Desk extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly store: TokenStore;
  /** A further engine on the same store, as another program would have it. */
  engine(changes?: DeskChanges): DeskAuth;
  /** The broker of an account of ours. */
  broker(name: "main" | "hedge"): SandboxBroker;
  /** Plays a scenario at the account's broker, for the account unless another one of the broker is named. */
  play(name: "main" | "hedge", scenario: BrokerScenario, account?: string): void;
  /** Ends all scenarios of the account's broker. */
  endScenarios(name: "main" | "hedge"): void;
  /** Sessions that a broker has minted for us. */
  minted(account?: "main" | "hedge"): number;
}

export interface DeskChanges {
  readonly main?: Partial<NubraAccount>;
  readonly hedge?: Partial<KotakNeoAccount>;
  readonly store?: TokenStore;
  /** In place of the platform's, such as one that fails. */
  readonly fetch?: typeof fetch;
  /** For jitter; in its place every wait is shortened by a quarter. */
  readonly random?: () => number;
  readonly timeoutMs?: number;
  readonly storeTimeoutMs?: number;
  /** In place of the clock's own, which is over at once. */
  readonly sleep?: FakeClock["sleep"];
}

/** The journal's word for the call that mints a session at each broker. */
export const mintingSteps = { main: "verifypin", hedge: "validate" } as const;

export async function openDesk(startAt?: number, options: Omit<SandboxOptions, "clock"> = {}): Promise<Desk> {
  // Ten seconds into a TOTP step, in the middle of a second: 2031-03-03 09:00 IST, before the market opens.
  const clock = fakeClock(startAt ?? Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const sandbox = await startSandbox({ ...options, clock: createSandboxClock({ now: () => clock.now() }) });
  const store = memoryStore();
  const broker = (name: "main" | "hedge"): SandboxBroker => (name === "main" ? sandbox.nubra : sandbox.kotakNeo);
  return {
    clock,
    sandbox,
    store,
    engine(changes = {}) {
      const limits = changes.timeoutMs === undefined ? {} : { timeoutMs: changes.timeoutMs };
      const { random = () => 0.5, sleep = (ms, signal) => clock.sleep(ms, signal) } = changes;
      return createBrokerAuth({
        brokers: [nubra(limits), kotakNeo(limits)],
        accounts: {
          main: { ...nubraAccount(sandbox), ...changes.main },
          hedge: { ...kotakNeoAccount(sandbox), ...changes.hedge },
        },
        store: changes.store ?? store,
        clock: { now: () => clock.now(), sleep },
        random,
        ...(changes.storeTimeoutMs === undefined ? {} : { timeoutMs: changes.storeTimeoutMs }),
        ...(changes.fetch === undefined ? {} : { fetch: changes.fetch }),
      });
    },
    broker,
    play: (name, scenario, account = name) => broker(name).setScenario(account, scenario),
    endScenarios: (name) => broker(name).clearScenarios(),
    minted(account) {
      const names = account === undefined ? (["main", "hedge"] as const) : [account];
      const { journal } = sandbox;
      const counts = names.map((name) =>
        journal.count({ account: name, step: mintingSteps[name], outcome: "accepted" }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** What a user would configure for the sandbox's Nubra account. */
export function nubraAccount(sandbox: Sandbox, name = "main"): { broker: "nubra" } & NubraAccount {
  const account = demoAccounts.nubra.find((candidate) => candidate.name === name);
  if (account === undefined) throw new Error(`the sandbox has no Nubra account ${name}`);
  const { phone, mpin, totpSecret } = account;
  const factors = totpSecret === undefined ? {} : { totpSecret };
  return { broker: "nubra", environment: "sandbox", baseUrl: sandbox.nubra.url, phone, mpin, ...factors };
}

/** What a user would configure for the sandbox's Kotak Neo account. */
export function kotakNeoAccount(sandbox: Sandbox, name = "hedge"): { broker: "kotak-neo" } & KotakNeoAccount {
  const account = demoAccounts.kotakNeo.find((candidate) => candidate.name === name);
  if (account === undefined) throw new Error(`the sandbox has no Kotak Neo account ${name}`);
  const { accessToken, mobileNumber, ucc, mpin, totpSecret } = account;
  return {
    broker: "kotak-neo",
    environment: "sandbox",
    loginBaseUrl: sandbox.kotakNeo.loginUrl,
    accessToken,
    mobileNumber,
    ucc,
    mpin,
    totpSecret,
  };
}
