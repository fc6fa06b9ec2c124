import type { Authorization } from "../contract/provider.ts";
import { wrongArgument } from "../errors/argument.ts";

/** Where a request goes and what it carries, as the contract wants it: nothing can be changed in it. */
export function authorization(origin: string, headers: Authorization["headers"]): Authorization {
  return Object.freeze({ origin, headers: Object.freeze(headers) });
}

/**
 * What the headers are asked for, where a broker has further sets of them.
 * @param known the purposes that it has; without one there are the headers of the session
 * @throws BrokerAuthError `configuration` for any other
 */
export function requirePurpose(
  purpose: string | undefined,
  known: readonly string[],
  { broker, title }: { readonly broker: string; readonly title: string },
): void {
  if (purpose === undefined || known.includes(purpose)) return;
  const named = known.length === 0 ? "no purposes" : `the purpose "${known.join('", "')}"`;
  throw wrongArgument("purpose", `${title} has ${named}, and one set of headers without one`, broker);
}

/** Whether an address is below this origin. */
export function isBelow(origin: string, address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === origin;
}
