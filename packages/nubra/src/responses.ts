import { type BrokerAnswer, parseTotpSecret, Secret } from "@x/core/adapter";
import {
  boolean,
  check,
  fallback,
  type GenericSchema,
  finite,
  minValue,
  nullish,
  number,
  object,
  pipe,
  regex,
  safeParse,
  string,
  transform,
} from "valibot";

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
  readonly marketSocketUrl: string | undefined;
  readonly orderSocketUrl: string | undefined;
  /** `version_info.status`, such as `ACTIVE` or `DEPRECATED`. */
  readonly version: string | undefined;
}

export interface AddressReport {
  readonly matched: boolean | undefined;
  readonly address: string | undefined;
}

export interface TotpSecretMade {
  readonly secret: Secret;
  readonly qrImage: Secret | undefined;
}

/** What a refusal says. The text is for classifying only: it may repeat secrets, so it is never shown. */
export interface RefusalBody {
  readonly text: string;
  readonly attemptsLeft: number | undefined;
}

// A token becomes a header value: anything that could not be one is not a token.
const token = pipe(string(), regex(/^[\x21-\x7e]{1,8192}$/));
const hint = fallback(nullish(string()), undefined);
const count = fallback(nullish(pipe(number(), finite(), minValue(0))), undefined);

const otpSent = object({ temp_token: token, next: nullish(string()), attempts_left: count, expiry: count });
const firstFactorAccepted = object({ auth_token: token, next: nullish(string()) });
const inside = nullish(object({ session_token: nullish(token), token: nullish(token), next: nullish(string()) }));
const pinAccepted = object({
  session_token: nullish(token),
  data: fallback(inside, undefined),
  next: nullish(string()),
  // A number in every sample; kept as text because it is only an identity, and never shown.
  userId: fallback(nullish(pipe(number(), finite(), transform(String))), undefined),
});
const userInfo = object({
  env_info: nullish(object({ user_ws_url: nullish(string()), market_ws_url: nullish(string()) })),
  version_info: fallback(nullish(object({ status: hint })), undefined),
});
// Only shown, so it must look like an address and like nothing else.
const addressReport = object({
  is_matched: nullish(boolean()),
  current_ip_address: fallback(nullish(pipe(string(), regex(/^[\da-fA-F.:]{2,45}$/))), undefined),
});
const totpSecretMade = object({
  // One that could not be configured afterwards is none: it must not be saved, and TOTP not be turned on with it.
  secret_key: pipe(string(), check(isTotpSecret)),
  qr_image: fallback(nullish(pipe(string(), regex(/^data:image\//))), undefined),
});
// Refusals are a few words. A text as long as the body cap allows would keep the patterns that look through it busy for minutes.
const longestText = 500;
const refusalBody = object({ error: hint, message: hint, detail: hint, attempts_left: count });

/** Each reader gives undefined for an answer that is not what the step needs: then it is no success (P8). */
export function readOtpSent(answer: BrokerAnswer): OtpSent | undefined {
  const body = read(otpSent, unwrapped(answer.json));
  return (
    body && {
      tempToken: new Secret(body.temp_token),
      next: body.next ?? undefined,
      attemptsLeft: body.attempts_left ?? undefined,
      expirySeconds: body.expiry ?? undefined,
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
  const found = body?.session_token ?? body?.data?.session_token ?? body?.data?.token;
  if (body === undefined || found === undefined || found === null) return undefined;
  return {
    sessionToken: new Secret(found),
    userId: typeof body.userId === "string" ? new Secret(body.userId) : undefined,
    next: body.next ?? body.data?.next ?? undefined,
  };
}

export function readUserInfo(answer: BrokerAnswer): UserInfo | undefined {
  const body = read(userInfo, unwrapped(answer.json));
  return (
    body && {
      marketSocketUrl: body.env_info?.market_ws_url ?? undefined,
      orderSocketUrl: body.env_info?.user_ws_url ?? undefined,
      version: body.version_info?.status ?? undefined,
    }
  );
}

export function readAddressReport(answer: BrokerAnswer): AddressReport | undefined {
  const body = read(addressReport, unwrapped(answer.json));
  return body && { matched: body.is_matched ?? undefined, address: body.current_ip_address ?? undefined };
}

export function readTotpSecretMade(answer: BrokerAnswer): TotpSecretMade | undefined {
  const body = read(totpSecretMade, unwrapped(answer.json));
  return (
    body && {
      secret: new Secret(body.secret_key),
      qrImage: typeof body.qr_image === "string" ? new Secret(body.qr_image) : undefined,
    }
  );
}

/** nubra.md section 8: `error`, then `message`, then `detail`; JSON bodies only. Empty text when there is none. */
export function readRefusal(answer: BrokerAnswer): RefusalBody {
  const body = read(refusalBody, answer.json);
  const text = body?.error || body?.message || body?.detail || "";
  return { text: text.slice(0, longestText), attemptsLeft: body?.attempts_left ?? undefined };
}

function isTotpSecret(text: string): boolean {
  try {
    return /^[A-Z2-7]+$/.test(text) && parseTotpSecret(text, "secret_key", "nubra") !== undefined;
  } catch {
    return false;
  }
}

function read<Output>(schema: GenericSchema<unknown, Output>, json: unknown): Output | undefined {
  const parsed = safeParse(schema, json);
  return parsed.success ? parsed.output : undefined;
}

// Some answers come wrapped in `data` (nubra.md sections 4.1 and 12, `odd-success`); what stands at the top counts first.
function unwrapped(json: unknown): unknown {
  if (!isRecord(json) || !isRecord(json["data"])) return json;
  const top = Object.entries(json).filter(([, value]) => value !== null);
  return { ...json["data"], ...Object.fromEntries(top) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
