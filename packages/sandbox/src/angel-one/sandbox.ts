import { begin, type SandboxBroker } from "../broker.ts";
import { createCallerAddresses } from "../caller-addresses.ts";
import { createSandboxClock } from "../clock.ts";
import { NOWHERE_URL } from "../elsewhere.ts";
import { createJournal } from "../journal.ts";
import { findAccount, restoreBroker, snapshotBroker } from "../kept-accounts.ts";
import { startListener } from "../listener.ts";
import { type Scenario, type ScenarioBook, clockSkewMs } from "../scenario.ts";
import { createTotpVerifier, totpCode } from "../totp-verifier.ts";
import { type Account, describeAccount, endSessions, openAccount, unlock } from "./account-state.ts";
import { type AngelOneAccountInput, accountInput, checkAngelOneAccounts, demoAngelOneAccounts } from "./account.ts";
import { type AngelOneBroker } from "./broker.ts";
import { type AngelOneControls, angelOneControls } from "./controls.ts";
import type { AngelOneSandboxOptions } from "./options.ts";
import { answerAngelOne } from "./router.ts";
import { createAngelOneScenarios } from "./scenario-effects.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";
import { loginElsewhere } from "./session-gate.ts";
import { createAngelOneSockets } from "./sockets.ts";

/** A running Angel One. */
export interface AngelOneSandbox extends SandboxBroker, AngelOneControls {
  readonly broker: "angel-one";
  /** In place of the API host and both socket hosts. */
  readonly url: string;
  readonly scenarios: ScenarioBook<AngelOneScenarioName>;
  /** A misspelt name does not compile. @throws SandboxError unknown_account, bad_option */
  setScenario(account: string, scenario: Scenario<AngelOneScenarioName>): void;
  clearScenarios(account?: string, name?: AngelOneScenarioName): void;
  /** The account as a user would configure it. @throws SandboxError unknown_account */
  accountInput(account: string): AngelOneAccountInput;
  otherDeviceLogin: AngelOneControls["otherDeviceLogin"];
}

/**
 * Angel One on a loopback listener: API and both sockets.
 * @throws SandboxError port_in_use, bad_option, unknown_scenario, unknown_account
 */
export async function startAngelOneSandbox(options: AngelOneSandboxOptions = {}): Promise<AngelOneSandbox> {
  const customers = options.accounts ?? demoAngelOneAccounts;
  checkAngelOneAccounts(customers);
  const clock = options.clock ?? createSandboxClock();
  const journal = options.journal ?? createJournal();
  const changed = (): void => options.changed?.();
  const accounts = customers.map(openAccount);
  const names = customers.map(({ name }) => name);
  const scenarios = createAngelOneScenarios({ accounts: () => names, changed }, () => broker);
  const now = (): number => clock.now() + clockSkewMs(scenarios);

  const broker: AngelOneBroker = {
    clock,
    now,
    accounts,
    totp: createTotpVerifier(),
    scenarios,
    callers: createCallerAddresses(),
    lint: options.lint ?? false,
    mint: { endOthers: options.sessions !== "shared", renewal: options.renewal ?? "midnight" },
    strings: options.envelope === "strings",
    elsewhereUrl: options.elsewhereUrl ?? NOWHERE_URL,
  };
  const sockets = createAngelOneSockets(broker, journal, changed);
  const api = await startListener({
    broker: "angel-one",
    name: "api",
    port: options.port,
    now,
    journal,
    handle: (request) => {
      const reply = answerAngelOne(broker, request);
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

  const sandbox: AngelOneSandbox = {
    broker: "angel-one",
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
    setCallerAddress(address, from) {
      broker.callers.set(address, from);
      changed();
    },
    setListedAddresses(name, addresses) {
      const account = find(name);
      account.state = { ...account.state, listedAddresses: addresses };
      changed();
    },
    otherDeviceLogin(name, { endOthers = broker.mint.endOthers } = {}) {
      const session = loginElsewhere(broker, find(name), endOthers);
      changed();
      return session;
    },
    endSessions(name) {
      endSessions(find(name), now(), "logged-out");
      changed();
    },
    unlock(name) {
      unlock(find(name));
      changed();
    },
    totpCode: (name) => totpCode(find(name).customer.totpSecret, now()),
    controls: angelOneControls(() => sandbox),
    snapshot: () => snapshotBroker(broker),
    restore: (saved) => restoreBroker(broker, saved),
    close,
    [Symbol.asyncDispose]: close,
  };
  return begin(sandbox, options);
}
