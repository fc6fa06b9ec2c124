import type { Authorization } from "../contract/provider.ts";

/** Where a request goes and what it carries, as the contract wants it: nothing can be changed in it. */
export function authorization(origin: string, headers: Authorization["headers"]): Authorization {
  return Object.freeze({ origin, headers: Object.freeze(headers) });
}

/** Whether an address is below this origin. */
export function isBelow(origin: string, address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === origin;
}
