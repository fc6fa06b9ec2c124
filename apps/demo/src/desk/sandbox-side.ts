import { demoAccounts, type Sandbox, type SandboxBroker, type SandboxOptions } from "@x/sandbox";
import { factsOf } from "../broker-facts.ts";
import type { AccountView, PhoneView } from "./desk-view.ts";

/** The sandbox's accounts by the names that the demo gives them: no two brokers have one of the same name. */
export const deskAccounts: typeof demoAccounts = {
  ...demoAccounts,
  zerodha: demoAccounts.zerodha.slice(0, 1).map((account) => ({ ...account, name: "kite" })),
  angelOne: demoAccounts.angelOne.slice(0, 1).map((account) => ({ ...account, name: "angel" })),
};

/** How the demo starts its sandbox. @param ports Nubra, Kotak Neo login and trading, control, Zerodha, Angel One */
export function deskSandbox(
  ports: readonly number[] = [],
  accounts: typeof deskAccounts = deskAccounts,
): SandboxOptions {
  const [port, loginPort, tradingPort, controlPort, zerodha, angelOne] = ports;
  return {
    nubra: { port, accounts: accounts.nubra },
    // One session at each broker: whether Kotak Neo allows more is not known.
    kotakNeo: { loginPort, tradingPort, accounts: accounts.kotakNeo, sessions: "exclusive" },
    zerodha: { port: zerodha, accounts: accounts.zerodha },
    angelOne: { port: angelOne, accounts: accounts.angelOne },
    controlPort,
  };
}

/** All brokers of the sandbox; none without it. */
export function brokersOf(sandbox: Sandbox | undefined): readonly SandboxBroker[] {
  return sandbox === undefined ? [] : [sandbox.nubra, sandbox.kotakNeo, sandbox.zerodha, sandbox.angelOne];
}

/** The sandbox's broker that has an account of this name. */
export function brokerWith(sandbox: Sandbox, account: string): SandboxBroker | undefined {
  return brokersOf(sandbox).find((broker) => broker.accounts().some(({ name }) => name === account));
}

/** Addresses of the brokers in the sandbox, by the names that a configuration refers to: `{ sandbox: nubra }`. None without it. */
export function sandboxAddresses(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(brokersOf(sandbox).map(({ broker, urls }) => [broker, Object.values(urls)[0] ?? ""]));
}

/** Sessions that the brokers have minted for us, by account: counted where it matters, in what arrived there. */
export function loginCounts(
  { journal }: Sandbox,
  accounts: readonly Pick<AccountView, "name" | "broker">[],
): Record<string, number> {
  const logins = ({ name: account, broker }: Pick<AccountView, "name" | "broker">): number =>
    journal.count({ broker, account, step: factsOf(broker)?.mints ?? [], outcome: "accepted" });
  return Object.fromEntries(accounts.map((account) => [account.name, logins(account)]));
}

// The brokers of the sandbox lock at the third wrong factor since the last session.
const wrongFactorsThatLock = 3;

/** What the sandbox's broker knows of an account's wrong factors; undefined where it counts none. A real broker tells nobody. */
export function brokerLock(sandbox: Sandbox, account: string): AccountView["brokerLock"] {
  const accounts = brokerWith(sandbox, account)?.accounts() ?? [];
  const { locked, lockedUntilAt, wrongFactors } = accounts.find(({ name }) => name === account) ?? {};
  if (wrongFactors === undefined) return undefined;
  return {
    locked: locked === true || (typeof lockedUntilAt === "number" && lockedUntilAt > sandbox.clock.now()),
    attemptsLeft: Math.max(0, wrongFactorsThatLock - Number(wrongFactors)),
  };
}

/** Does at the broker what only some have, by the name of the control: `unlock` lifts a lock, as its support would. */
export function control(sandbox: Sandbox, account: string, name: string, more = {}): unknown {
  return brokerWith(sandbox, account)?.controls[name]?.({ account, ...more });
}

/** What stands on the phones of those who log in by a texted code. */
export function phonesOf(sandbox: Sandbox, accounts: readonly AccountView[]): readonly PhoneView[] {
  const messages = (account: string) => (control(sandbox, account, "inbox") ?? []) as PhoneView["messages"];
  return accounts
    .filter(({ asks }) => asks.includes("otp"))
    .map(({ name: account }) => ({ account, messages: messages(account) }));
}
