import type { Configuration } from "@x/config";
import { BrokerAuthError } from "@x/core";

type Named = Pick<Configuration, "accounts" | "use">;

/** The accounts that are meant by these names and aliases, each once; all of them where nothing is named. @throws BrokerAuthError `configuration` */
export function chosenAccounts(configuration: Named, given: readonly string[]): string[] {
  if (given.length === 0) return Object.keys(configuration.accounts);
  return [...new Set(given.map((name) => chosenAccount(configuration, name)))];
}

/** The account that is meant; without a name the only one there is. @throws BrokerAuthError `configuration` with a suggestion */
export function chosenAccount({ accounts, use }: Named, given: string | undefined): string {
  const names = Object.keys(accounts);
  if (given === undefined) {
    const [only, ...others] = names;
    if (only !== undefined && others.length === 0) return only;
    throw unclear(`there are several accounts; name one of ${names.join(", ")}`);
  }
  if (Object.hasOwn(accounts, given)) return given;
  const meant = Object.hasOwn(use, given) ? use[given] : undefined;
  if (meant !== undefined) return meant;
  const known = [...names, ...Object.keys(use)];
  const near = known.find((name) => distance(name.toLowerCase(), given.toLowerCase()) <= 2);
  // Someone may have pasted a secret where a name belongs.
  const shown = /^[A-Za-z][\w-]{0,23}$/.test(given) && !/\d{4}/.test(given) ? `"${given}"` : "of that name";
  const others = known.length === 1 ? `there is only ${known[0]}` : `there are ${known.join(", ")}`;
  throw unclear(`there is no account ${shown}; ${near === undefined ? others : `did you mean ${near}?`}`);
}

function unclear(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, {
    field: "account",
    action: "broker-auth status lists the accounts.",
  });
}

// Levenshtein's, row by row.
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split("").entries()) {
    const next = [index + 1];
    for (const [place, otherLetter] of other.split("").entries())
      next.push(
        Math.min(
          (next[place] ?? 0) + 1,
          (row[place + 1] ?? 0) + 1,
          (row[place] ?? 0) + (letter === otherLetter ? 0 : 1),
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
