import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type TokenStore } from "@x/core";
import { fakeClock, type FakeClock } from "@x/core/testing";
import {
  createSandboxClock,
  type Journal,
  type JournalEntry,
  type JournalFilter,
  type KotakNeoScenarioName,
  type NubraScenarioName,
  type Sandbox,
  type SandboxBroker,
  type SandboxOptions,
  type Scenario,
  startSandbox,
} from "@x/sandbox";
import { sharedClock } from "./shared-clock.ts";
import { configuredAccounts, inventedAccounts, type TestAccount, type TestAccountName } from "./test-account.ts";
import { openEngine, type TestAuth, type TestEngineChanges } from "./test-engine.ts";
import type { TestPlan } from "./test-plan.ts";

/** A scenario of either broker. */
export type BrokerScenario = Scenario<NubraScenarioName | KotakNeoScenarioName>;

/** Both brokers as sandboxes, on one clock that stands still until it is moved or slept on, and engines that share a store. */
export interface TestEnvironment<Name extends string = TestAccountName> extends AsyncDisposable {
  readonly clock: Pick<FakeClock, "now" | "sleep" | "advance" | "set">;
  readonly sandbox: Sandbox;
  readonly accounts: readonly TestAccount<Name>[];
  /** Takes an account, at this broker or at any, that nobody has taken before. @throws Error when none is left */
  take(broker?: TestAccount["broker"]): TestAccount<Name>;
  /** In memory. Programs in processes of their own have the store of the plan. */
  readonly store: TokenStore;
  /** Empty at first, and removed with the environment if it was not given. */
  readonly directory: string;
  /** For programs in processes of their own. */
  readonly plan: TestPlan;
  /** A further engine on the same store, as another program would have it. */
  engine(changes?: TestEngineChanges): TestAuth<Name>;
  /** The broker of an account. */
  broker(name: Name): SandboxBroker;
  /** Plays a scenario at the account's broker, for the account unless another one of the broker is named. */
  play(name: Name, scenario: BrokerScenario, account?: string): void;
  /** Ends all scenarios of the account's broker. */
  endScenarios(name: Name): void;
  /** All sessions of the account end at the broker, as by a login elsewhere. */
  endSessions(name: Name): void;
  /** What arrived at the broker for an account, in one of the two calls of a login. */
  arrivals(name: Name, call: "totp" | "mpin", filter?: JournalFilter, which?: (entry: JournalEntry) => boolean): number;
  /** Sessions that a broker has minted, for one account or for all. */
  minted(name?: Name, filter?: JournalFilter): number;
}

export interface TestEnvironmentOptions {
  /** Epoch milliseconds. Default: 2031-03-03 09:00:10.5 IST, before the market opens, ten seconds into a TOTP step. */
  readonly startAt?: number | undefined;
  readonly sandbox?: Omit<SandboxOptions, "clock"> | undefined;
  /** The brokers' time runs with the host's, from `startAt` on. */
  readonly realTime?: true;
  /** In place of a clock of the environment's own. */
  readonly clock?: FakeClock;
  /** In place of a folder of the environment's own. */
  readonly directory?: string;
  readonly journal?: Journal;
}

/** The journal's words for the two calls of an unattended login. */
interface LoginSteps {
  readonly totp: "totp-login" | "login";
  readonly mpin: "verifypin" | "validate";
}

const nubra: LoginSteps = { totp: "totp-login", mpin: "verifypin" };
const kotakNeo: LoginSteps = { totp: "login", mpin: "validate" };

/** By the account's name or by its broker. */
export const loginSteps: Readonly<Record<TestAccountName | "nubra" | "kotak-neo", LoginSteps>> = {
  main: nubra,
  nubra,
  hedge: kotakNeo,
  "kotak-neo": kotakNeo,
};

const morning = Date.UTC(2031, 2, 3, 3, 30, 10, 500);

export function openTestEnvironment(options?: TestEnvironmentOptions): Promise<TestEnvironment>;
/** @param options.accounts so many, by turns at Nubra and at Kotak Neo; at both a login ends the older session */
export function openTestEnvironment(
  options: TestEnvironmentOptions & { readonly accounts: number },
): Promise<TestEnvironment<string>>;
export async function openTestEnvironment(
  options: TestEnvironmentOptions & { readonly accounts?: number } = {},
): Promise<TestEnvironment<string>> {
  const { startAt = morning, accounts: count, journal } = options;
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "broker-auth-test-"));
  const aheadMs = options.realTime ? startAt - Date.now() : undefined;
  const clockFile = join(directory, "clock");
  const storeDirectory = join(directory, "store");
  const clock = ownClock();
  const many = count === undefined ? undefined : inventedAccounts(count);
  const sandbox = await startSandbox({
    ...options.sandbox,
    clock: createSandboxClock({ now: () => (aheadMs === undefined ? clock.now() : Date.now() + aheadMs) }),
    ...(journal === undefined ? {} : { journal }),
    ...(many === undefined
      ? {}
      : { nubra: { accounts: many.nubra }, kotakNeo: { accounts: many.kotakNeo, sessions: "exclusive" } }),
  });
  const names =
    count === undefined ? ["main", "hedge"] : Array.from({ length: count }, (_, index) => `account-${index}`);
  const accounts = configuredAccounts(sandbox, names);
  const brokers = new Map(accounts.map(({ name, broker }) => [name, broker]));
  const broker = (name: string): SandboxBroker => (brokers.get(name) === "nubra" ? sandbox.nubra : sandbox.kotakNeo);
  const store = memoryStore();
  const untaken = [...accounts];
  const arrivals: TestEnvironment<string>["arrivals"] = (name, call, filter = {}, which = () => true) => {
    const step = loginSteps[brokers.get(name) ?? "nubra"][call];
    return sandbox.journal.entries({ account: name, step, ...filter }).filter(which).length;
  };

  return {
    clock,
    sandbox,
    accounts,
    take(wanted) {
      const index = untaken.findIndex((account) => wanted === undefined || account.broker === wanted);
      const [account] = index < 0 ? [] : untaken.splice(index, 1);
      if (account === undefined) throw new Error("the environment has too few accounts");
      return account;
    },
    store,
    directory,
    plan: {
      accounts,
      storeDirectory,
      keyPath: join(directory, "keys", "store.key"),
      clockFile,
      startAt,
      ...(aheadMs === undefined ? {} : { aheadMs }),
    },
    engine(changes = {}) {
      const { sleep = (ms, signal) => clock.sleep(ms, signal), apartMs = 0 } = changes;
      const now = (): number => clock.now() + apartMs;
      // The host's clock is not set meanwhile: the one that nobody can set goes with it.
      const host = { now, sleep, ...(apartMs === 0 ? {} : { monotonic: () => clock.now() }) };
      return openEngine(accounts, { store, random: () => 0.5, ...changes, clock: host });
    },
    broker,
    play: (name, scenario, account = name) => broker(name).setScenario(account, scenario),
    endScenarios: (name) => broker(name).clearScenarios(),
    endSessions(name) {
      if (broker(name) === sandbox.nubra) sandbox.nubra.endSessions(name);
      else sandbox.kotakNeo.otherDeviceLogin(name, { endOthers: true });
    },
    arrivals,
    minted(name, filter = {}) {
      const counts = (name === undefined ? names : [name]).map((one) =>
        arrivals(one, "mpin", { ...filter, outcome: "accepted" }),
      );
      return counts.reduce((sum, each) => sum + each, 0);
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };

  function ownClock(): TestEnvironment["clock"] {
    if (count === undefined) return options.clock ?? fakeClock(startAt);
    // In files, for programs in other processes.
    mkdirSync(storeDirectory, { mode: 0o700 });
    writeFileSync(clockFile, "");
    if (options.clock !== undefined) return options.clock;
    const shared = sharedClock(clockFile, startAt);
    return { ...shared, set: (at) => shared.advance(at - shared.now()) };
  }
}
