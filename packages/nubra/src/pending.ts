import { type PendingLogins, pendingLogins, type PendingOwner } from "@x/core/adapter";
import { boolean, literal, number, optional, refine, safeParse, strictObject, string } from "zod/mini";
import type { NubraClient } from "./client.ts";
import { names } from "./endpoints.ts";

/** Between the SMS and its code. */
export interface OtpState {
  readonly awaits: "otp";
  /** Of the latest send; every send revokes the earlier ones. */
  readonly tempToken: string;
  /** How many sends this login made: 1 or 2. */
  readonly sends: number;
  /** Codes that were refused since. */
  readonly refusals: number;
  readonly attemptsLeft?: number | undefined;
  /** Epoch milliseconds, for display. */
  readonly codeExpiresAt?: number | undefined;
}

/** Between the first factor and the MPIN. */
export interface PinState {
  readonly awaits: "mpin";
  readonly authToken: string;
  /** Epoch milliseconds. */
  readonly authTokenAt: number;
  /** The auth token is that of an older session, so it may be over. */
  readonly renewing: boolean;
}

export type PendingState = OtpState | PinState;

const otpState = strictObject({
  awaits: literal("otp"),
  tempToken: string(),
  sends: literal([1, 2]),
  refusals: number().check(refine((count) => count >= 0)),
  attemptsLeft: optional(number()),
  codeExpiresAt: optional(number()),
});
const pinState = strictObject({
  awaits: literal("mpin"),
  authToken: string(),
  authTokenAt: number(),
  renewing: boolean(),
});

const logins: PendingLogins<PendingState, NubraClient> = pendingLogins<PendingState, NubraClient>({
  broker: names.broker,
  version: 1,
  ownerOf,
  // Generous: Nubra decides when its tokens end, and what it answers then starts the login again.
  expiresAt: (createdAt) => createdAt + 15 * 60_000,
  readState: (given) => safeParse(otpState, given).data ?? safeParse(pinState, given).data,
});

/** Packs a state for the caller to keep. A challenge that comes again does not live longer for it. */
export const packPending: (typeof logins)["pack"] = logins.pack;

/** Unpacks a state that comes back. @throws BrokerAuthError as `PendingLogins` says; nothing is sent for one that is refused */
export const unpackPending: (typeof logins)["unpack"] = logins.unpack;

// Also the device: its tokens are bound to it (nubra.md section 5).
function ownerOf({ credentials, context }: NubraClient): PendingOwner {
  const { environment, phone, baseUrl } = credentials;
  return { environment, identity: JSON.stringify([phone.reveal(), baseUrl, context.deviceId.reveal()]) };
}
