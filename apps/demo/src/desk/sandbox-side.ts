import type { Sandbox } from "@x/sandbox";
import type { AccountView, BrokerLockView, PhoneView } from "./desk-view.ts";

/** Addresses of the brokers in the sandbox, by the names that a configuration refers to: `{ sandbox: nubra }`. None without it. */
export function sandboxAddresses(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return sandbox === undefined ? {} : { nubra: sandbox.nubra.url, "kotak-neo": sandbox.kotakNeo.loginUrl };
}

/** Sessions that the brokers have minted for us, by account: counted where it matters, in what arrived there. */
export function loginCounts({ journal }: Sandbox, accounts: readonly string[]): Record<string, number> {
  // The journal's word for the call that mints a session at either broker.
  const minted = { step: ["verifypin", "validate"], outcome: "accepted" };
  return Object.fromEntries(accounts.map((account) => [account, journal.count({ account, ...minted })]));
}

// Both brokers of the sandbox lock at the third wrong factor since the last session.
const wrongFactorsThatLock = 3;

/** What the broker in the sandbox knows of an account's wrong factors; undefined for one that it does not have. A real broker tells nobody. */
export function brokerLock(sandbox: Sandbox, account: string): BrokerLockView | undefined {
  const accounts = [sandbox.nubra, sandbox.kotakNeo].flatMap((broker) => broker.accounts());
  const found = accounts.find(({ name }) => name === account);
  if (found === undefined) return undefined;
  const { locked, lockedUntilAt, wrongFactors } = found;
  return {
    locked: locked === true || (typeof lockedUntilAt === "number" && lockedUntilAt > sandbox.clock.now()),
    attemptsLeft: Math.max(0, wrongFactorsThatLock - Number(wrongFactors)),
  };
}

/** Lifts the broker's lock, as its support would. */
export function unlockAtBroker({ nubra, kotakNeo }: Sandbox, account: string): void {
  const brokers = [nubra, kotakNeo];
  brokers.find((broker) => broker.accounts().some(({ name }) => name === account))?.unlock(account);
}

/** What stands on the phones of those who log in by a texted code. */
export function phonesOf({ nubra }: Sandbox, accounts: readonly AccountView[]): readonly PhoneView[] {
  const known = new Set(nubra.accounts().map(({ name }) => name));
  return accounts
    .filter(({ name, broker, unattended }) => broker === "nubra" && !unattended && known.has(name))
    .map(({ name }) => ({ account: name, messages: nubra.inbox(name).map(({ at, text }) => ({ at, text })) }));
}

const real = [
  ["nubra.io", "nubra"],
  ["kotaksecurities.com", "kotak-neo"],
] as const;

/** Which broker a host belongs to, for display. */
export function brokerByHost(sandbox: Sandbox | undefined): (host: string) => string {
  const brokers = sandbox === undefined ? [] : [sandbox.nubra, sandbox.kotakNeo];
  const known = new Map(
    brokers.flatMap(({ broker, urls }) => Object.values(urls).map((url) => [new URL(url).host, broker])),
  );
  return (host) => known.get(host) ?? real.find(([domain]) => host.endsWith(domain))?.[1] ?? host;
}
