import type { SandboxBroker } from "../broker.ts";
import { createSandboxClock } from "../clock.ts";
import { createJournal } from "../journal.ts";
import { type Json, type JsonObject, isJsonObject } from "../json.ts";
import { type ReceivedRequest, startListener } from "../listener.ts";
import type { Reply } from "../reply.ts";
import { SandboxError } from "../sandbox-error.ts";
import type { Scenario } from "../scenario.ts";
import { createTotpVerifier, totpCode } from "../totp-verifier.ts";
import { type Account, endOf, openAccount, resetAccessToken, unlock } from "./account-state.ts";
import { createCallerAddresses } from "./caller-addresses.ts";
import { dispatch } from "./dispatch.ts";
import { controlsOf } from "./kotak-neo-controls.ts";
import { checkKotakNeoAccounts, demoKotakNeoAccounts } from "./kotak-neo-account.ts";
import type { KotakNeoSandboxOptions } from "./kotak-neo-options.ts";
import type { KotakNeoScenarioName } from "./kotak-neo-scenarios.ts";
import type { KotakNeoWorld } from "./kotak-neo-world.ts";
import { type Route, loginRoutes, tradingRoutes } from "./routes.ts";
import { createKotakNeoScenarios } from "./scenario-effects.ts";
import { loginElsewhere } from "./session-gate.ts";
import { createSockets } from "./sockets.ts";

export type { KotakNeoSandboxOptions } from "./kotak-neo-options.ts";

export interface KotakNeoSandbox extends SandboxBroker {
  readonly broker: "kotak-neo";
  readonly loginUrl: string;
  readonly tradingUrl: string;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<KotakNeoScenarioName>): void;
  /** Without arguments all of them. */
  clearScenarios(account?: string, name?: string): void;
  /** Where calls come from, as the broker sees it; with `from` only those over that loopback address, such as "127.0.0.2". */
  setCallerAddress(address: string, from?: string): void;
  /** From where the account's orders are taken. */
  setListedAddresses(account: string, addresses: readonly string[]): void;
  /** A login somewhere else. It ends the other sessions if `endOthers`, or where logins are exclusive. */
  otherDeviceLogin(account: string, options?: { readonly endOthers?: boolean | undefined }): JsonObject;
  /** Resets the access token in the dashboard: ends all sessions at once. Returns the new token. */
  resetAccessToken(account: string): string;
  /** Lifts a lock, as a person at the broker's support would. */
  unlock(account: string): void;
  /** What the customer's authenticator app shows at the broker's time. */
  totpCode(account: string): string;
}

/**
 * Kotak Neo on two loopback listeners: one for the login, one for trading, which only the answer of call 2 names.
 * @throws SandboxError port_in_use, bad_option, unknown_scenario, unknown_account
 */
export async function startKotakNeoSandbox(options: KotakNeoSandboxOptions = {}): Promise<KotakNeoSandbox> {
  const customers = options.accounts ?? demoKotakNeoAccounts;
  checkKotakNeoAccounts(customers);
  const clock = options.clock ?? createSandboxClock();
  const journal = options.journal ?? createJournal();
  const changed = (): void => options.changed?.();
  const accounts = customers.map(openAccount);
  const names = customers.map(({ name }) => name);
  const scenarios = createKotakNeoScenarios({ accounts: () => names, changed }, () => world);
  const now = (): number => clock.now() + skewOf(scenarios.active("*", "clock-skew"));

  const documented = options.profile === "documented";
  const world: KotakNeoWorld = {
    clock,
    now,
    accounts,
    totp: createTotpVerifier(),
    scenarios,
    callers: createCallerAddresses(),
    look: { style: options.failureStyle ?? (documented ? "bare" : "mixed"), status: options.failureStatus },
    documented,
    lint: options.lint ?? false,
    neoFinKey: options.neoFinKey ?? "neotradeapi",
    exclusive: options.sessions === "exclusive",
    tradingUrl: () => trading.url,
    // Port 9 is "discard": nothing listens there.
    elsewhereUrl: options.elsewhereUrl ?? "http://127.0.0.1:9",
  };

  const serve =
    (routes: readonly Route[]) =>
    (request: ReceivedRequest): Reply => {
      const reply = dispatch(world, routes, request);
      changed();
      return reply;
    };
  const shared = { broker: "kotak-neo", now, journal };
  const sockets = createSockets({ broker: "kotak-neo", listener: "trading", journal, world, changed });
  const trading = await startListener({
    ...shared,
    name: "trading",
    port: options.tradingPort,
    handle: serve(tradingRoutes),
    upgrade: (...handshake) => sockets.upgrade(...handshake),
  });
  const login = await startListener({
    ...shared,
    name: "login",
    port: options.loginPort,
    handle: serve(loginRoutes(options.api ?? "both")),
  }).catch(async (error: unknown) => {
    await trading.close();
    throw error;
  });

  const accountNamed = (name: string): Account => {
    const found = accounts.find(({ customer }) => customer.name === name);
    if (found !== undefined) return found;
    throw new SandboxError("unknown_account", `There is no account "${name}"; there are ${names.join(", ")}.`);
  };

  const close = async (): Promise<void> => {
    sockets.close();
    await Promise.all([login.close(), trading.close()]);
  };

  const sandbox: KotakNeoSandbox = {
    broker: "kotak-neo",
    urls: { login: login.url, trading: trading.url },
    ports: { login: login.port, trading: trading.port },
    loginUrl: login.url,
    tradingUrl: trading.url,
    clock,
    journal,
    scenarios,
    setScenario: (account, scenario) => scenarios.set(account, scenario),
    clearScenarios: (account, name) => scenarios.clear(account, name),
    accounts: () => accounts.map((account) => describe(account, now())),
    setCallerAddress(address, from) {
      world.callers.set(address, from);
      changed();
    },
    setListedAddresses(name, addresses) {
      const account = accountNamed(name);
      account.state = { ...account.state, listedAddresses: addresses };
      changed();
    },
    otherDeviceLogin(name, { endOthers = world.exclusive } = {}) {
      const session = loginElsewhere(accountNamed(name), now(), endOthers);
      changed();
      return session;
    },
    resetAccessToken(name) {
      const accessToken = resetAccessToken(accountNamed(name), now());
      changed();
      return accessToken;
    },
    unlock(name) {
      unlock(accountNamed(name));
      changed();
    },
    totpCode: (name) => totpCode(accountNamed(name).customer.totpSecret, now()),
    get controls() {
      return controlsOf(sandbox);
    },
    snapshot: () => ({
      accounts: Object.fromEntries(accounts.map(({ customer, state }) => [customer.name, state])),
      totp: world.totp.snapshot(),
      callers: world.callers.snapshot(),
      scenarios: scenarios.snapshot(),
    }),
    restore: (saved) => restore(world, saved),
    close,
    [Symbol.asyncDispose]: close,
  };

  if (options.saved !== undefined) sandbox.restore(options.saved);
  try {
    for (const { account, scenario } of options.scenarios ?? []) scenarios.set(account, scenario);
  } catch (error) {
    await close();
    throw error;
  }
  return sandbox;
}

function skewOf(scenario: Scenario | undefined): number {
  const skewMs = scenario?.["skewMs"];
  return typeof skewMs === "number" ? skewMs : 0;
}

/** The invented credentials and what the broker keeps, for people and proofs. */
function describe({ customer, state }: Account, now: number): JsonObject {
  const sessions = state.sessions.map((session) => ({ ...session, endedBy: endOf(session, now) ?? null }));
  return { ...customer, ...state, listedAddresses: state.listedAddresses, sessions };
}

function restore(world: KotakNeoWorld, saved: Json): void {
  if (!isJsonObject(saved)) return;
  const states = isJsonObject(saved["accounts"]) ? saved["accounts"] : {};
  for (const account of world.accounts) {
    const state = states[account.customer.name];
    // Only what this version knows of; a field that is missing keeps its fresh value.
    if (!isJsonObject(state)) continue;
    const known = Object.entries(state).filter(([name]) => Object.hasOwn(account.state, name));
    account.state = { ...account.state, ...Object.fromEntries(known) };
  }
  world.totp.restore(saved["totp"] ?? null);
  world.callers.restore(saved["callers"] ?? null);
  world.scenarios.restore(saved["scenarios"] ?? null);
}
