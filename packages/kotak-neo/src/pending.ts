import { BrokerAuthError, nextIndiaTime, type PendingLogin } from "@x/core/adapter";
import { array, literal, number, object, optional, refine, safeParse, strictObject, string, unknown } from "zod/mini";
import type { KotakNeoClient } from "./call.ts";
import { misconfigured } from "./configuration-error.ts";
import { identify } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import { isHeaderText } from "./header-text.ts";

const version = 1;
// Long enough to take out a phone. The view pair may not live longer, and nothing is lost by starting again.
const lifetimeMs = 5 * 60_000;

/** What call 1 gave, good for one call 2. It lives in memory and in a pending login, never in a session. */
export interface View {
  readonly token: string;
  readonly sid: string;
  /** Names of the warnings that the answer to call 1 gave rise to. */
  readonly warnings: readonly string[];
}

const time = number();
const envelope = object({
  version: number(),
  broker: string(),
  environment: string(),
  awaits: string(),
  createdAt: time,
  expiresAt: time,
  state: unknown(),
});
const headerText = string().check(refine(isHeaderText));
const contents = strictObject({
  awaits: literal(["totp", "mpin"]),
  identity: string(),
  view: optional(strictObject({ token: headerText, sid: headerText, warnings: array(string()) })),
});

/** Packs what a login waits with: for the MPIN if it has a view pair, else for the TOTP code. */
export function packPending(view: View | undefined, { credentials, context }: KotakNeoClient): PendingLogin {
  const { environment, identity } = identify(credentials);
  const awaits = view === undefined ? "totp" : "mpin";
  const createdAt = context.now();
  return {
    version,
    broker: brokerId,
    environment,
    awaits,
    createdAt,
    // The view pair dies with the day (kotak-neo.md section 6).
    expiresAt: Math.min(createdAt + lifetimeMs, nextIndiaTime(createdAt)),
    state: view === undefined ? { awaits, identity } : { awaits, identity, view: { ...view } },
  };
}

/**
 * Unpacks a pending login that comes back: the view pair, undefined while it waits for a TOTP code. Nothing is sent for one that is refused.
 * @throws BrokerAuthError `challenge_expired` for one that is over or another account's, `configuration` for one that cannot be read
 */
export function unpackPending(pending: PendingLogin, { credentials, context }: KotakNeoClient): View | undefined {
  const { environment, identity } = identify(credentials);
  const parsed = safeParse(envelope, pending);
  if (!parsed.success) throw unreadable();
  const outside = parsed.data;
  if (outside.broker !== brokerId || outside.environment !== environment) {
    throw over("belongs to another broker or environment");
  }
  if (outside.version !== version) throw over("was made by another version of this package");
  const state = safeParse(contents, outside.state);
  if (!state.success || state.data.awaits !== outside.awaits) throw unreadable();
  const inside = state.data;
  if ((inside.view !== undefined) !== (inside.awaits === "mpin")) throw unreadable();
  // A longer life than packPending gives was not given by it.
  if (outside.expiresAt - outside.createdAt > lifetimeMs) throw unreadable();
  if (inside.identity !== identity) throw over("belongs to another account");
  if (outside.expiresAt <= context.now()) throw over("is too old");
  return inside.view;
}

function over(why: string): BrokerAuthError {
  return new BrokerAuthError("challenge_expired", `this pending login ${why}; nothing was sent`, { broker: brokerId });
}

function unreadable(): BrokerAuthError {
  return misconfigured("pending", "cannot be read; give back what the last login step returned, unchanged");
}
