import { type PendingLogins, pendingLogins } from "@x/core/adapter";
import { array, literal, safeParse, strictObject, string } from "zod/mini";
import type { KotakNeoClient } from "./client.ts";
import { identify } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { latestExpiry } from "./expiry.ts";
import { headerText } from "./responses.ts";

/** Before call 1: nothing was sent. */
export interface TotpState {
  readonly awaits: "totp";
}

/** What call 1 gave, good for one call 2. It lives in memory and in a pending login, never in a session. */
export interface View {
  readonly token: string;
  readonly sid: string;
  /** Names of the warnings that the answer to call 1 gave rise to. */
  readonly warnings: readonly string[];
}

/** Between call 1 and the MPIN. */
export interface PinState extends View {
  readonly awaits: "mpin";
}

export type PendingState = TotpState | PinState;

const totpState = strictObject({ awaits: literal("totp") });
const pinState = strictObject({
  awaits: literal("mpin"),
  token: headerText,
  sid: headerText,
  warnings: array(string()),
});

const logins: PendingLogins<PendingState, KotakNeoClient> = pendingLogins<PendingState, KotakNeoClient>({
  broker: names.broker,
  version: 1,
  ownerOf: ({ credentials }) => identify(credentials),
  // Long enough to take out a phone. The view pair may not live longer, dies with the day (kotak-neo.md section 6), and nothing is lost by starting
  // again.
  expiresAt: (createdAt) => Math.min(createdAt + 5 * 60_000, latestExpiry(createdAt)),
  readState: (given) => safeParse(totpState, given).data ?? safeParse(pinState, given).data,
});

/** Packs a state for the caller to keep. */
export const packPending: (typeof logins)["pack"] = logins.pack;

/** Unpacks a state that comes back. @throws BrokerAuthError as `PendingLogins` says; nothing is sent for one that is refused */
export const unpackPending: (typeof logins)["unpack"] = logins.unpack;
