import type { KotakNeoAccount } from "@x/kotak-neo";
import type { NubraAccount } from "@x/nubra";
import { Secret } from "@x/core";
import { accountsAt } from "./accounts.ts";

/** So many accounts, each of a customer of its own: every other one at Nubra, the rest at Kotak Neo. */
export function manyAccounts(
  origin: string,
  count: number,
): Readonly<Record<string, ({ broker: "nubra" } & NubraAccount) | ({ broker: "kotak-neo" } & KotakNeoAccount)>> {
  const { main, hedge } = accountsAt(origin);
  const account = (index: number) =>
    index % 2 === 0
      ? { ...main, phone: numbered(main.phone, index) }
      : { ...hedge, mobileNumber: numbered(hedge.mobileNumber, index), ucc: ucc(index) };
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`account-${index}`, account(index)]));
}

/** The phone that is so many after this one. */
export function numbered(configured: string | Secret, index: number): string {
  const phone = configured instanceof Secret ? configured.reveal() : configured;
  return `${phone.slice(0, -10)}${Number(phone.slice(-10)) + index}`;
}

/** A client code that no other index has. */
export function ucc(index: number): string {
  return `A${index.toString(36).toUpperCase().padStart(4, "0")}`;
}
