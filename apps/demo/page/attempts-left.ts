import type { AccountView } from "../src/desk/desk-view.ts";
import { brokerName } from "./broker-name.ts";

/** How many wrong tries the broker still forgives, as far as anybody knows. */
export function attemptsLeftOf({ broker, brokerLock }: AccountView): string {
  const name = brokerName(broker);
  if (brokerLock === undefined)
    return `How many attempts are left ${name} does not say: brokers lock an account after a few that are wrong.`;
  const { attemptsLeft, locked } = brokerLock;
  if (locked) return `${name} has locked the account.`;
  return `${name} has ${attemptsLeft} ${attemptsLeft === 1 ? "attempt" : "attempts"} left; then it locks the account.`;
}
