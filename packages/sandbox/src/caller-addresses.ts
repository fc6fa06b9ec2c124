import { type Json, isJsonObject } from "./json.ts";

/** Where callers come from until a control says otherwise; an address that is reserved for documentation (RFC 5737). */
export const DEFAULT_CALLER_ADDRESS = "203.0.113.10";

/**
 * Which address the broker believes a caller to have. On loopback everybody is 127.0.0.1, so a control decides; a process that needs an
 * address of its own binds its connections to another loopback address (127.0.0.2, …) and is told apart by that.
 */
export interface CallerAddresses {
  /** For everybody, or only for connections that come `from` this loopback address. */
  set(address: string, from?: string): void;
  of(remoteAddress: string): string;
  snapshot(): Json;
  restore(saved: Json): void;
}

export function createCallerAddresses(): CallerAddresses {
  let usual = DEFAULT_CALLER_ADDRESS;
  let special = new Map<string, string>();

  return {
    set(address, from) {
      if (from === undefined) usual = address;
      else special.set(from, address);
    },
    of: (remoteAddress) => special.get(remoteAddress) ?? usual,
    snapshot: () => ({ usual, special: Object.fromEntries(special) }),
    restore(saved) {
      if (!isJsonObject(saved)) return;
      if (typeof saved["usual"] === "string") usual = saved["usual"];
      const entries = isJsonObject(saved["special"]) ? Object.entries(saved["special"]) : [];
      special = new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
    },
  };
}
