import type { TestAccountName, TestEnvironment } from "@x/test-environment";

/** The journal's words for the calls that carry something a broker counts. */
export const sendSteps: Readonly<Record<TestAccountName, readonly string[]>> = {
  main: ["sendphoneotp", "verifyphoneotp", "totp-login", "verifypin"],
  hedge: ["login", "validate"],
};

export function refusedSends({ sandbox }: TestEnvironment, name: TestAccountName): number {
  // Not by account: a wrong phone or client code is nobody's.
  return sandbox.journal.count({ step: sendSteps[name], outcome: "refused" });
}

/** Of three that a broker grants. */
export function attemptsLeft(test: TestEnvironment, name: TestAccountName): number {
  const accounts = test.broker(name).accounts();
  return 3 - Number(accounts.find((account) => account["name"] === name)?.["wrongFactors"]);
}
