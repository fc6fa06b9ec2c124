import type { SandboxBroker } from "../broker.ts";
import { DEFAULT_CALLER_ADDRESS } from "../caller-addresses.ts";
import { type SandboxClock, createSandboxClock } from "../clock.ts";
import { NOWHERE_URL } from "../elsewhere.ts";
import { createJournal } from "../journal.ts";
import { startListener } from "../listener.ts";
import { type Scenario, type ScenarioBook, clockSkewMs } from "../scenario.ts";
import { createTotpVerifier, totpCode } from "../totp-verifier.ts";
import { type AccountState, endSessions, liveSession, newAccountState, unlockAccount } from "./account-state.ts";
import { type NubraAccountInput, accountInput, checkNubraAccounts, demoNubraAccounts } from "./account.ts";
import { type NubraBroker, findAccount } from "./broker.ts";
import { type NubraControls, nubraControls } from "./controls.ts";
import type { NubraEnvironment, NubraSandboxOptions } from "./options.ts";
import { answerNubra } from "./router.ts";
import { createNubraScenarios, showLeadingZero } from "./scenario-effects.ts";
import type { NubraScenarioName } from "./scenarios.ts";
import { describeAccount, restoreBroker, snapshotBroker } from "./snapshot.ts";
import { createNubraSockets } from "./sockets.ts";
import { loginElsewhere } from "./token.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A running Nubra: one environment, one port for REST and sockets. Functions that take an account throw SandboxError unknown_account. */
export interface NubraSandbox extends SandboxBroker, NubraControls {
  readonly broker: "nubra";
  readonly environment: NubraEnvironment;
  /** The REST base URL, without a trailing slash. */
  readonly url: string;
  readonly scenarios: ScenarioBook<NubraScenarioName>;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<NubraScenarioName>): void;
  clearScenarios(account?: string, name?: NubraScenarioName): void;
  /** A session really minted on another device; it ends ours. */
  otherDeviceLogin(account: string): {
    readonly account: string;
    readonly deviceId: string;
    readonly sessionToken: string;
  };
  /** The account as a user would configure it. @throws SandboxError unknown_account */
  accountInput(account: string): NubraAccountInput;
  /** The one session token of the account that opens something now. */
  liveSession(account: string): string | undefined;
}

/**
 * Starts one Nubra environment on 127.0.0.1.
 * @throws SandboxError bad_option, port_in_use, unknown_scenario, unknown_account
 */
export async function startNubraSandbox(options: NubraSandboxOptions = {}): Promise<NubraSandbox> {
  const clock = options.clock ?? createSandboxClock();
  const journal = options.journal ?? createJournal();
  const changed = (): void => options.changed?.();
  const broker = openBroker(options, clock, changed);
  if (options.saved !== undefined) restoreBroker(broker, options.saved);
  for (const { account, scenario } of options.scenarios ?? []) broker.scenarios.set(account, scenario);

  const sockets = createNubraSockets(broker, journal);
  const listener = await startListener({
    broker: "nubra",
    name: "api",
    port: options.port,
    now: broker.now,
    journal,
    handle(request) {
      const reply = answerNubra(broker, request);
      changed();
      return reply;
    },
    upgrade: (request, raw, socket, head) => sockets.upgrade(request, raw, socket, head),
  });
  broker.socketUrl = listener.url.replace("http:", "ws:");

  const find = (account: string): AccountState => findAccount(broker, account);
  const alter = (account: string, change: (state: AccountState) => void): void => {
    change(find(account));
    changed();
  };

  const sandbox: NubraSandbox = {
    broker: "nubra",
    environment: broker.environment,
    url: listener.url,
    urls: { api: listener.url },
    ports: { api: listener.port },
    clock,
    journal,
    scenarios: broker.scenarios,
    setScenario: (account, scenario) => broker.scenarios.set(account, scenario),
    clearScenarios: (account, name) => broker.scenarios.clear(account, name),
    controls: nubraControls(() => sandbox),
    accounts: () => broker.accounts.map((state) => describeAccount(state, broker.now())),
    otherDeviceLogin(account) {
      const session = loginElsewhere(broker, find(account));
      changed();
      return { account, deviceId: session.deviceId, sessionToken: session.token };
    },
    accountInput: (account) => accountInput(find(account).account, listener.url),
    liveSession: (account) => liveSession(find(account), broker.now())?.token,
    inbox: (account) => find(account).inbox,
    totpCode(account) {
      const { totpSecret } = find(account);
      return totpSecret === null ? undefined : totpCode(totpSecret, broker.now());
    },
    endSessions: (account) => alter(account, (state) => endSessions(state, "expired")),
    endAuthTokens: (account) => alter(account, (state) => Object.assign(state, { authTokens: [] })),
    unlock: (account) => alter(account, unlockAccount),
    setMpin: (account, mpin) => alter(account, (state) => Object.assign(state, { mpin })),
    registerIps: (account, addresses) =>
      alter(account, (state) => Object.assign(state, { registeredIps: [...addresses] })),
    setCallerAddress(address) {
      broker.callerAddress = address;
      changed();
    },
    showLeadingZero: (account) => alter(account, (state) => showLeadingZero(clock, broker.now(), state)),
    snapshot: () => snapshotBroker(broker),
    restore: (saved) => restoreBroker(broker, saved),
    async close() {
      sockets.close();
      await listener.close();
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
  return sandbox;
}

/** An environment in which nothing has happened yet. @throws SandboxError bad_option */
function openBroker(options: NubraSandboxOptions, clock: SandboxClock, changed: () => void): NubraBroker {
  const accounts = options.accounts ?? demoNubraAccounts;
  checkNubraAccounts(accounts);

  const broker: NubraBroker = {
    environment: options.environment ?? "production",
    profile: options.profile ?? "observed",
    lint: options.lint ?? false,
    failureStyle: options.failureStyle ?? "current",
    totpWire: options.totpWire ?? "integer",
    lifetimes: { otpMs: 5 * MINUTE_MS, authTokenMs: 24 * HOUR_MS, sessionMs: 7 * HOUR_MS, ...options.lifetimes },
    elsewhereUrl: options.elsewhereUrl ?? NOWHERE_URL,
    accounts: accounts.map(newAccountState),
    scenarios: createNubraScenarios({ accounts: () => accounts.map(({ name }) => name), changed }, clock, () => broker),
    totp: createTotpVerifier(),
    socketUrl: "",
    callerAddress: DEFAULT_CALLER_ADDRESS,
    nextOrder: 1,
    now: () => clock.now() + clockSkewMs(broker.scenarios),
  };
  return broker;
}
