import { BrokerAuthError, type PendingLogin } from "@x/core/adapter";
import { boolean, literal, number, object, optional, refine, safeParse, strictObject, string, unknown } from "zod/mini";
import type { NubraClient } from "./call.ts";
import { misconfigured } from "./configuration-error.ts";

const version = 1;
// Generous: Nubra decides when its tokens end, and what it answers then starts the login again.
const lifetimeMs = 15 * 60_000;

/** Whom a pending login belongs to: it is refused for anybody else before anything is sent (nubra.md section 5). */
interface Owner {
  readonly phone: string;
  readonly deviceId: string;
  readonly baseUrl: string;
}

/** Between the SMS and its code. */
export interface OtpState {
  readonly awaits: "otp";
  /** Of the latest send; every send revokes the earlier ones. */
  readonly tempToken: string;
  /** How many sends this login made: 1 or 2. */
  readonly sends: number;
  /** Codes that were refused since. */
  readonly refusals: number;
  readonly attemptsLeft?: number;
  /** Epoch milliseconds, for display. */
  readonly codeExpiresAt?: number;
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
const owner = { phone: string(), deviceId: string(), baseUrl: string() };
const otpState = strictObject({
  ...owner,
  awaits: literal("otp"),
  tempToken: string(),
  sends: literal([1, 2]),
  refusals: number().check(refine((count) => count >= 0)),
  attemptsLeft: optional(number()),
  codeExpiresAt: optional(time),
});
const pinState = strictObject({
  ...owner,
  awaits: literal("mpin"),
  authToken: string(),
  authTokenAt: time,
  renewing: boolean(),
});
const awaited = literal(["otp", "mpin"]);

/** Packs a state for the caller to keep. @param createdAt epoch milliseconds: a challenge that comes again does not live longer for it */
export function packPending(
  state: PendingState,
  { credentials, context }: NubraClient,
  createdAt: number = context.now(),
): PendingLogin {
  return {
    version,
    broker: "nubra",
    environment: credentials.environment,
    awaits: state.awaits,
    createdAt,
    expiresAt: createdAt + lifetimeMs,
    state: { ...ownerOf({ credentials, context }), ...state },
  };
}

/**
 * Unpacks a state that comes back. Nothing is sent for one that is refused.
 * @throws BrokerAuthError `challenge_expired` for one that is too old or belongs to another account, `configuration` for one that cannot be read
 */
export function unpackPending(pending: PendingLogin, client: NubraClient): PendingState {
  const outside = safeParse(envelope, pending);
  if (!outside.success) throw unreadable();
  const { broker, environment, awaits, createdAt, expiresAt, state } = outside.data;
  if (broker !== "nubra" || environment !== client.credentials.environment)
    throw over("belongs to another broker or environment");
  if (outside.data.version !== version) throw over("was made by another version of this package");
  if (!safeParse(awaited, awaits).success) throw unreadable();
  const inside = safeParse(awaits === "otp" ? otpState : pinState, state);
  if (!inside.success) throw unreadable();
  // A longer life than packPending gives was not given by it.
  if (expiresAt - createdAt > lifetimeMs) throw unreadable();
  const { phone, deviceId, baseUrl, ...rest } = inside.data;
  const mine = ownerOf(client);
  if (phone !== mine.phone || deviceId !== mine.deviceId || baseUrl !== mine.baseUrl)
    throw over("belongs to another account or device");
  if (expiresAt <= client.context.now()) throw over("is too old");
  return rest as PendingState;
}

function ownerOf({ credentials, context }: Pick<NubraClient, "credentials" | "context">): Owner {
  return { phone: credentials.phone.reveal(), deviceId: context.deviceId.reveal(), baseUrl: credentials.baseUrl };
}

function over(why: string): BrokerAuthError {
  return new BrokerAuthError("challenge_expired", `this pending login ${why}; nothing was sent`, { broker: "nubra" });
}

function unreadable(): BrokerAuthError {
  return misconfigured("pending", "cannot be read; give back what the last login step returned, unchanged");
}
