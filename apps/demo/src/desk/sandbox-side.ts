import type { Sandbox } from "@x/sandbox";

/** Addresses of the brokers in the sandbox, by the names that a configuration refers to: `{ sandbox: nubra }`. None without it. */
export function sandboxAddresses(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return sandbox === undefined ? {} : { nubra: sandbox.nubra.url, "kotak-neo": sandbox.kotakNeo.loginUrl };
}

/** The journal's word for the call that mints a session at either broker. */
const mintingSteps = ["verifypin", "validate"];

/** Sessions that the brokers have minted for us, by account: counted where it matters, in what arrived there. */
export function loginCounts({ journal }: Sandbox, accounts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    accounts.map((account) => [account, journal.count({ account, step: mintingSteps, outcome: "accepted" })]),
  );
}
