import { begin, type SandboxBroker } from "../broker.ts";
import { createCallerAddresses } from "../caller-addresses.ts";
import { createSandboxClock } from "../clock.ts";
import { NOWHERE_URL } from "../elsewhere.ts";
import { createJournal } from "../journal.ts";
import { findAccount, restoreBroker, snapshotBroker } from "../kept-accounts.ts";
import { startListener } from "../listener.ts";
import { SandboxError } from "../sandbox-error.ts";
import { type Scenario, type ScenarioBook, clockSkewMs } from "../scenario.ts";
import { type Account, describeAccount, endSessions, openAccount } from "./account-state.ts";
import { type ZerodhaAccountInput, accountInput, checkZerodhaAccounts, demoZerodhaAccounts } from "./account.ts";
import { type ZerodhaBroker, appOf } from "./broker.ts";
import { type ZerodhaControls, zerodhaControls } from "./controls.ts";
import { leadBack } from "./login-page.ts";
import type { ZerodhaSandboxOptions } from "./options.ts";
import { answerZerodha } from "./router.ts";
import { createZerodhaScenarios } from "./scenario-effects.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";
import { loginElsewhere } from "./session-gate.ts";
import { createZerodhaSockets } from "./sockets.ts";

/** A running Zerodha. */
export interface ZerodhaSandbox extends SandboxBroker, ZerodhaControls {
  readonly broker: "zerodha";
  /** In place of the login host, the API host and the socket host. */
  readonly url: string;
  readonly scenarios: ScenarioBook<ZerodhaScenarioName>;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<ZerodhaScenarioName>): void;
  clearScenarios(account?: string, name?: ZerodhaScenarioName): void;
  /** The account as a user would configure it. @throws SandboxError unknown_account */
  accountInput(account: string): ZerodhaAccountInput;
  otherDeviceLogin: ZerodhaControls["otherDeviceLogin"];
}

/**
 * Zerodha on a loopback listener: login page, API and socket.
 * @throws SandboxError port_in_use, bad_option, unknown_scenario, unknown_account
 */
export async function startZerodhaSandbox(options: ZerodhaSandboxOptions = {}): Promise<ZerodhaSandbox> {
  const customers = options.accounts ?? demoZerodhaAccounts;
  checkZerodhaAccounts(customers);
  const clock = options.clock ?? createSandboxClock();
  const journal = options.journal ?? createJournal();
  const changed = (): void => options.changed?.();
  const accounts = customers.map(openAccount);
  const names = customers.map(({ name }) => name);
  const scenarios = createZerodhaScenarios({ accounts: () => names, changed }, () => broker);
  const now = (): number => clock.now() + clockSkewMs(scenarios);

  const broker: ZerodhaBroker = {
    clock,
    now,
    accounts,
    scenarios,
    callers: createCallerAddresses(),
    lint: options.lint ?? false,
    exclusive: options.sessions !== "shared",
    elsewhereUrl: options.elsewhereUrl ?? NOWHERE_URL,
  };
  const sockets = createZerodhaSockets(broker, journal, changed);
  const api = await startListener({
    broker: "zerodha",
    name: "api",
    port: options.port,
    now,
    journal,
    handle: (request) => {
      const reply = answerZerodha(broker, request);
      changed();
      return reply;
    },
    upgrade: (...handshake) => sockets.upgrade(...handshake),
  });
  const find = (name: string): Account => findAccount(broker, name);
  const close = async (): Promise<void> => {
    sockets.close();
    await api.close();
  };

  const sandbox: ZerodhaSandbox = {
    broker: "zerodha",
    urls: { api: api.url },
    ports: { api: api.port },
    url: api.url,
    clock,
    journal,
    scenarios,
    setScenario: (account, scenario) => scenarios.set(account, scenario),
    clearScenarios: (account, name) => scenarios.clear(account, name),
    accounts: () => accounts.map((account) => describeAccount(account, now())),
    accountInput: (name) => accountInput(find(name).customer, api.url),
    logInAtPage(page, name) {
      const address = URL.canParse(page) ? new URL(page) : undefined;
      const app = appOf(broker, address?.searchParams.get("api_key"));
      if (address?.origin !== api.url || address.pathname !== "/connect/login" || app === undefined)
        throw new SandboxError("bad_option", `The page must be ${api.url}/connect/login with the api_key of an app.`);
      const location = leadBack(broker, app, find(name), address.searchParams);
      changed();
      return location;
    },
    setRedirectUrl(name, url) {
      if (!URL.canParse(url)) throw new SandboxError("bad_option", 'The field "url" must be an address.');
      const { apiKey } = find(name).customer;
      for (const account of accounts)
        if (account.customer.apiKey === apiKey) account.state = { ...account.state, redirectUrl: url };
      changed();
    },
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
    masterLogout(name) {
      endSessions(find(name), now(), "master-logout");
      changed();
    },
    controls: zerodhaControls(() => sandbox),
    snapshot: () => snapshotBroker(broker),
    restore: (saved) => restoreBroker(broker, saved),
    close,
    [Symbol.asyncDispose]: close,
  };
  return begin(sandbox, options);
}
