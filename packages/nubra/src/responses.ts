import {
  attemptCount,
  type BrokerAnswer,
  contradictionIn,
  isHeaderText,
  isObject,
  isPlainTotpSecret,
  Secret,
  shownAddress,
} from "@x/core/adapter";
import { boolean, nullish, object, optional, refine, safeParse, string, unknown, type ZodMiniType } from "zod/mini";
import type { NubraCredentials } from "./credentials.ts";

/** What a send answered. */
export interface OtpSent {
  readonly tempToken: Secret;
  readonly next: string | undefined;
  readonly attemptsLeft: number | undefined;
  /** How long the code is said to live. The unit is not documented; seconds are assumed (nubra.md section 11). For display only. */
  readonly expirySeconds: number | undefined;
}

/** What the first factor brought. */
export interface FirstFactorAccepted {
  readonly authToken: Secret;
  readonly next: string | undefined;
}

export interface PinAccepted {
  readonly sessionToken: Secret;
  readonly userId: Secret | undefined;
  readonly next: string | undefined;
}

export interface UserInfo {
  /** The address of each socket, as the answer has it. */
  readonly sockets: Readonly<Record<"market" | "orders", string | null | undefined>>;
  /** `version_info.status`, such as `ACTIVE` or `DEPRECATED`. */
  readonly version: string | undefined;
}

export interface AddressReport {
  readonly allowed: boolean | undefined;
  readonly address: string | undefined;
}

export interface TotpSecretMade {
  readonly secret: Secret;
  readonly qrImage: Secret | undefined;
}

const token = string().check(refine(isHeaderText));
// What a login can do without: looked at later, because a change of its form must never cost one.
const hint = optional(unknown());

const otpSent = object({ temp_token: token, next: nullish(string()), attempts_left: hint, expiry: hint });
const firstFactorAccepted = object({ auth_token: token, next: nullish(string()) });
const inside = object({ session_token: nullish(token), token: nullish(token), next: nullish(string()) });
const pinAccepted = object({
  session_token: nullish(token),
  data: hint,
  next: nullish(string()),
  userId: hint,
});
const versionInfo = object({ status: string() });
const userInfo = object({
  env_info: nullish(object({ user_ws_url: nullish(string()), market_ws_url: nullish(string()) })),
  version_info: hint,
});
const addressReport = object({ is_matched: nullish(boolean()), current_ip_address: hint });
// One that could not be configured afterwards is none: it must not be saved, and TOTP not be turned on with it.
const totpSecretMade = object({ secret_key: string().check(refine(isPlainTotpSecret)), qr_image: hint });
const image = string().check(refine((text) => text.startsWith("data:image/")));

/** Each reader gives undefined for an answer that is not what the step needs: then it is no success (P8). */
export function readOtpSent(answer: BrokerAnswer): OtpSent | undefined {
  const body = read(otpSent, unwrapped(answer.json));
  return (
    body && {
      tempToken: new Secret(body.temp_token),
      next: body.next ?? undefined,
      attemptsLeft: attemptCount(body.attempts_left),
      expirySeconds: lifetime(body.expiry),
    }
  );
}

export function readFirstFactorAccepted(answer: BrokerAnswer): FirstFactorAccepted | undefined {
  const body = read(firstFactorAccepted, unwrapped(answer.json));
  return body && { authToken: new Secret(body.auth_token), next: body.next ?? undefined };
}

/** The session token stands at one of three places (nubra.md section 4.1). */
export function readPinAccepted(answer: BrokerAnswer): PinAccepted | undefined {
  const body = read(pinAccepted, answer.json);
  const data = read(inside, body?.data);
  const found = body?.session_token ?? data?.session_token ?? data?.token;
  if (body === undefined || found === undefined || found === null) return undefined;
  // A number in every sample; kept as text because it is only an identity, and never shown.
  const { userId } = body;
  return {
    sessionToken: new Secret(found),
    userId: Number.isSafeInteger(userId) && (userId as number) > 0 ? new Secret(String(userId)) : undefined,
    next: body.next ?? data?.next ?? undefined,
  };
}

export function readUserInfo(answer: BrokerAnswer): UserInfo | undefined {
  const body = read(userInfo, unwrapped(answer.json));
  return (
    body && {
      sockets: { market: body.env_info?.market_ws_url, orders: body.env_info?.user_ws_url },
      version: read(versionInfo, body.version_info)?.status,
    }
  );
}

export function readAddressReport(answer: BrokerAnswer): AddressReport | undefined {
  const body = read(addressReport, unwrapped(answer.json));
  return body && { allowed: body.is_matched ?? undefined, address: shownAddress(body.current_ip_address) };
}

export function readTotpSecretMade(answer: BrokerAnswer): TotpSecretMade | undefined {
  const body = read(totpSecretMade, unwrapped(answer.json));
  const qrImage = read(image, body?.qr_image);
  return (
    body && {
      secret: new Secret(body.secret_key),
      qrImage: qrImage === undefined ? undefined : new Secret(qrImage),
    }
  );
}

/** What in a success speaks against it (nubra.md, additions of 2026-11-30): see `contradictionIn`. */
export function objectionTo({ json }: BrokerAnswer, { phone }: NubraCredentials): string | undefined {
  return contradictionIn(json, phone.reveal());
}

function read<Value>(schema: ZodMiniType<Value>, json: unknown): Value | undefined {
  return safeParse(schema, json).data;
}

// In seconds, up to a day.
function lifetime(value: unknown): number | undefined {
  return typeof value === "number" && value >= 1 && value <= 86_400 ? value : undefined;
}

// Some answers come wrapped in `data` (nubra.md sections 4.1 and 12, `odd-success`); what stands at the top counts first.
function unwrapped(json: unknown): unknown {
  if (!isObject(json) || !isObject(json["data"])) return json;
  const top = Object.entries(json).filter(([, value]) => value !== null);
  return { ...json["data"], ...Object.fromEntries(top) };
}
