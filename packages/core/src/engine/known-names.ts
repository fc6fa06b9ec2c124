import { BrokerAuthError } from "../errors/broker-auth-error.ts";

// So many are told whole.
const fewNames = 8;
const nearest = 3;

/** For the message about a name that is none of these: all of them, or of many the three that are most like it. */
export function knownNames(given: string, names: readonly string[]): string {
  if (names.length === 1) return `there is only ${names[0]}`;
  if (names.length <= fewNames) return `there are ${names.join(", ")}`;
  const alike = (name: string): number => sharedStart(name, given) + sharedStart(reversed(name), reversed(given));
  const best: { readonly name: string; readonly score: number }[] = [];
  for (const name of names) {
    const score = alike(name);
    const place = best.findIndex((other) => other.score < score);
    if (place >= 0) best.splice(place, 0, { name, score });
    else best.push({ name, score });
    best.length = Math.min(best.length, nearest);
  }
  return `the nearest of ${names.length} are ${best.map(({ name }) => name).join(", ")}`;
}

/** The error for a name that no account and no alias has. It shows the name where it looks like one: a phone or a secret may stand in its place. */
export function noSuchAccount(given: unknown, names: readonly string[]): BrokerAuthError {
  const name =
    typeof given === "string" && /^[A-Za-z][\w.-]{0,31}$/.test(given) && !/\d{5}/.test(given) ? given : undefined;
  const shown = name === undefined ? "of that name" : `or alias "${name}"`;
  return new BrokerAuthError(
    "configuration",
    `there is no account ${shown}; ${knownNames(typeof given === "string" ? given : "", names)}`,
    {
      account: name,
      field: name === undefined ? "account" : `accounts.${name}`,
    },
  );
}

function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length++;
  return length;
}

function reversed(text: string): string {
  return text.split("").toReversed().join("");
}
