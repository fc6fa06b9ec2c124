import type { SandboxBroker } from "../broker.ts";
import type { Scenario } from "../scenario.ts";
import type { NubraScenarioName } from "./nubra-scenarios.ts";
import { createSandboxClock } from "../clock.ts";
import { createJournal } from "../journal.ts";
import { startListener } from "../listener.ts";
import { totpCode } from "../totp-verifier.ts";
import { type AccountState, type SmsMessage, endSessions, liveSession, unlockAccount } from "./account-state.ts";
import { nubraControls } from "./nubra-controls.ts";
import { type NubraSandboxOptions, createNubraWorld, showLeadingZero } from "./nubra-options.ts";
import { answerNubra } from "./nubra-router.ts";
import { describeAccount, restoreWorld, snapshotWorld } from "./nubra-snapshot.ts";
import { createNubraSockets } from "./nubra-sockets.ts";
import { loginElsewhere } from "./nubra-token.ts";
import { type NubraEnvironment, findAccount } from "./nubra-world.ts";

/** A running Nubra: one environment, one port for REST and sockets. Functions that take an account throw SandboxError unknown_account. */
export interface NubraSandbox extends SandboxBroker {
  readonly broker: "nubra";
  readonly environment: NubraEnvironment;
  /** The REST base URL, without a trailing slash. */
  readonly url: string;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<NubraScenarioName>): void;
  /** A session really minted on another device; it ends ours. */
  otherDeviceLogin(account: string): {
    readonly account: string;
    readonly deviceId: string;
    readonly sessionToken: string;
  };
  /** The one session token of the account that opens something now. */
  liveSession(account: string): string | undefined;
  /** The text messages on the account holder's phone, oldest first; the last ten. */
  inbox(account: string): readonly SmsMessage[];
  /** What the account holder's authenticator shows now, by the broker's clock; undefined if TOTP is not enrolled. */
  totpCode(account: string): string | undefined;
  /** The account's sessions run out now. */
  endSessions(account: string): void;
  /** The account's auth tokens run out now. */
  endAuthTokens(account: string): void;
  /** Lifts locks and counters, as the broker's support would. */
  unlock(account: string): void;
  setMpin(account: string, mpin: string): void;
  /** An empty list: none is registered. */
  registerIps(account: string, addresses: readonly string[]): void;
  /** The address every caller seems to come from from now on. */
  setCallerAddress(address: string): void;
  /** Moves the clock on to a time step whose code starts with 0. */
  showLeadingZero(account: string): void;
}

/**
 * Starts one Nubra environment on 127.0.0.1.
 * @throws SandboxError bad_option, port_in_use, unknown_scenario, unknown_account
 */
export async function startNubraSandbox(options: NubraSandboxOptions = {}): Promise<NubraSandbox> {
  const clock = options.clock ?? createSandboxClock();
  const journal = options.journal ?? createJournal();
  const changed = (): void => options.changed?.();
  const world = createNubraWorld(options, clock, changed);
  if (options.saved !== undefined) restoreWorld(world, options.saved);
  for (const { account, scenario } of options.scenarios ?? []) world.scenarios.set(account, scenario);

  const sockets = createNubraSockets(world, journal);
  const listener = await startListener({
    broker: "nubra",
    name: "api",
    port: options.port,
    now: world.now,
    journal,
    handle(request) {
      const reply = answerNubra(world, request);
      changed();
      return reply;
    },
    upgrade: (request, raw, socket, head) => sockets.upgrade(request, raw, socket, head),
  });
  world.socketUrl = listener.url.replace("http:", "ws:");

  const find = (account: string): AccountState => findAccount(world, account);
  const alter = (account: string, change: (state: AccountState) => void): void => {
    change(find(account));
    changed();
  };

  const sandbox: NubraSandbox = {
    broker: "nubra",
    environment: world.environment,
    url: listener.url,
    urls: { api: listener.url },
    ports: { api: listener.port },
    clock,
    journal,
    scenarios: world.scenarios,
    setScenario: (account, scenario) => world.scenarios.set(account, scenario),
    clearScenarios: (account, name) => world.scenarios.clear(account, name),
    controls: nubraControls(() => sandbox),
    accounts: () => world.accounts.map((state) => describeAccount(state, world.now())),
    otherDeviceLogin(account) {
      const session = loginElsewhere(world, find(account));
      changed();
      return { account, deviceId: session.deviceId, sessionToken: session.token };
    },
    liveSession: (account) => liveSession(find(account), world.now())?.token,
    inbox: (account) => find(account).inbox,
    totpCode(account) {
      const { totpSecret } = find(account);
      return totpSecret === null ? undefined : totpCode(totpSecret, world.now());
    },
    endSessions: (account) => alter(account, (state) => endSessions(state, "expired")),
    endAuthTokens: (account) => alter(account, (state) => Object.assign(state, { authTokens: [] })),
    unlock: (account) => alter(account, unlockAccount),
    setMpin: (account, mpin) => alter(account, (state) => Object.assign(state, { mpin })),
    registerIps: (account, addresses) =>
      alter(account, (state) => Object.assign(state, { registeredIps: [...addresses] })),
    setCallerAddress(address) {
      world.callerAddress = address;
      changed();
    },
    showLeadingZero: (account) => alter(account, (state) => showLeadingZero(world, state, clock)),
    snapshot: () => snapshotWorld(world),
    restore: (saved) => restoreWorld(world, saved),
    async close() {
      sockets.close();
      await listener.close();
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
  return sandbox;
}
