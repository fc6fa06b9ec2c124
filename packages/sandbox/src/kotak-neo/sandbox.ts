import { begin, type SandboxBroker } from "../broker.ts";
import { createCallerAddresses } from "../caller-addresses.ts";
import { createSandboxClock } from "../clock.ts";
import { NOWHERE_URL } from "../elsewhere.ts";
import { createJournal } from "../journal.ts";
import { findAccount, restoreBroker, snapshotBroker } from "../kept-accounts.ts";
import { type ReceivedRequest, startListener } from "../listener.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, type ScenarioBook, clockSkewMs } from "../scenario.ts";
import { createTotpVerifier, totpCode } from "../totp-verifier.ts";
import { type Account, describeAccount, openAccount, resetAccessToken, unlock } from "./account-state.ts";
import { type KotakNeoAccountInput, accountInput, checkKotakNeoAccounts, demoKotakNeoAccounts } from "./account.ts";
import { type KotakNeoBroker } from "./broker.ts";
import { type KotakNeoControls, kotakNeoControls } from "./controls.ts";
import type { KotakNeoSandboxOptions } from "./options.ts";
import { answerKotakNeo } from "./router.ts";
import { type Route, loginRoutes, tradingRoutes } from "./routes.ts";
import { createKotakNeoScenarios } from "./scenario-effects.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";
import { loginElsewhere } from "./session-gate.ts";
import { createKotakNeoSockets } from "./sockets.ts";

/** A running Kotak Neo. */
export interface KotakNeoSandbox extends SandboxBroker, KotakNeoControls {
  readonly broker: "kotak-neo";
  readonly loginUrl: string;
  readonly tradingUrl: string;
  readonly scenarios: ScenarioBook<KotakNeoScenarioName>;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<KotakNeoScenarioName>): void;
  clearScenarios(account?: string, name?: KotakNeoScenarioName): void;
  /** The account as a user would configure it, with the access token it began with. @throws SandboxError unknown_account */
  accountInput(account: string): KotakNeoAccountInput;
  otherDeviceLogin: KotakNeoControls["otherDeviceLogin"];
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
  const scenarios = createKotakNeoScenarios({ accounts: () => names, changed }, () => broker);
  const now = (): number => clock.now() + clockSkewMs(scenarios);

  const documented = options.profile === "documented";
  const broker: KotakNeoBroker = {
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
    elsewhereUrl: options.elsewhereUrl ?? NOWHERE_URL,
  };

  const serve =
    (routes: readonly Route[]) =>
    (request: ReceivedRequest): Reply => {
      const reply = answerKotakNeo(broker, routes, request);
      changed();
      return reply;
    };
  const shared = { broker: "kotak-neo", now, journal };
  const sockets = createKotakNeoSockets(broker, journal, changed);
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

  const find = (name: string): Account => findAccount(broker, name);

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
    accounts: () => accounts.map((account) => describeAccount(account, now())),
    accountInput: (name) => accountInput(find(name).customer, login.url),
    setCallerAddress(address, from) {
      broker.callers.set(address, from);
      changed();
    },
    setListedAddresses(name, addresses) {
      const account = find(name);
      account.state = { ...account.state, listedAddresses: addresses };
      changed();
    },
    otherDeviceLogin(name, { endOthers = broker.exclusive } = {}) {
      const session = loginElsewhere(find(name), now(), endOthers);
      changed();
      return session;
    },
    resetAccessToken(name) {
      const accessToken = resetAccessToken(find(name), now());
      changed();
      return accessToken;
    },
    unlock(name) {
      unlock(find(name));
      changed();
    },
    totpCode: (name) => totpCode(find(name).customer.totpSecret, now()),
    controls: kotakNeoControls(() => sandbox),
    snapshot: () => snapshotBroker(broker),
    restore: (saved) => restoreBroker(broker, saved),
    close,
    [Symbol.asyncDispose]: close,
  };
  return begin(sandbox, options);
}
