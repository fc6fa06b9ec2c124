import type { Json, JsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";

/** Why a call is refused (reference section 4): by the service that it is for, or by the gateway in front of it, which has an envelope of its own. */
export interface Refusal {
  /** As the journal names it, such as "wrong-totp". */
  readonly reason: string;
  readonly from: "service" | "gateway";
  readonly code: string;
  readonly message: string;
}

const service = (reason: string, code: string, message: string): Refusal => ({
  reason,
  from: "service",
  code,
  message,
});
const gateway = (reason: string, code: string, message: string): Refusal => ({
  reason,
  from: "gateway",
  code,
  message,
});

export const WRONG_TOTP: Refusal = service("wrong-totp", "AB1050", "Invalid totp");
/** The same code twice in one step: whether it is taken is not known (reference section 8), taken as no. */
export const USED_TOTP: Refusal = { ...WRONG_TOTP, reason: "used-totp" };
export const WRONG_PIN: Refusal = service("wrong-pin", "AB1007", "Login Id or password is invalid");
export const WRONG_CLIENT: Refusal = { ...WRONG_PIN, reason: "wrong-client" };
export const LOCKED: Refusal = service("locked", "AB1006", "Client is blocked for trading");
export const WRONG_API_KEY: Refusal = gateway("wrong-api-key", "AG8004", "Invalid API Key");
export const MISSING_TOKEN: Refusal = gateway("missing-token", "AG8003", "Token missing");
export const REFRESH_INVALID: Refusal = service("refresh-invalid", "AB8050", "Invalid Refresh Token");
export const REFRESH_EXPIRED: Refusal = service("refresh-expired", "AB8051", "Refresh Token Expired");
export const ADDRESS: Refusal = gateway("ip-not-allowed", "AG7002", "Access denied: Unregistered IP address");

/** Of "internal" errors two codes are known, and no text. */
export function internalError(code: string): Refusal {
  return service("internal", code, "Something Went Wrong, Please Try After Sometime");
}

/** A mistake in the call itself; code and words are our choice. */
export function inputRefusal(reason: string, message: string): Refusal {
  return service(reason, "AB4008", message);
}

/** The two envelopes (reference section 4). */
export function envelope({ from, code, message }: Omit<Refusal, "reason">, strings: boolean): JsonObject {
  const no: Json = strings ? "false" : false;
  return from === "gateway"
    ? { success: no, message, errorCode: code, data: "" }
    : { status: no, message, errorcode: code, data: strings ? "null" : null };
}

/** HTTP status proves nothing (reference section 4): refusals come with 200 unless it is known otherwise. */
export function refusalReply(refusal: Refusal, strings: boolean, status = 200): Reply {
  return { status, body: envelope(refusal, strings) };
}

/** How the end of a session is told: codes of the gateway (AG) and of the services (AB), AG8001 in the services' envelope, or a bare 401. */
export type SessionRefusalForm = "AG8001" | "AG8002" | "AB1010" | "AB1011" | "services" | "401";

const forms: Readonly<Record<Exclude<SessionRefusalForm, "401">, Refusal>> = {
  AG8001: gateway("", "AG8001", "Invalid Token"),
  AG8002: gateway("", "AG8002", "Token Expired"),
  AB1010: service("", "AB1010", "AMX Session Expired"),
  AB1011: service("", "AB1011", "Client not login"),
  services: service("", "AG8001", "Invalid Token"),
};

export function readSessionRefusalForm(value: unknown): SessionRefusalForm | undefined {
  if (value === "401") return value;
  return typeof value === "string" && Object.hasOwn(forms, value) ? (value as keyof typeof forms) : undefined;
}

export function sessionRefusal(form: SessionRefusalForm, strings: boolean, status = 200): Reply {
  return form === "401" ? { status: 401 } : refusalReply(forms[form], strings, status);
}

/** What the firewall answers to paths that it does not know, with HTTP 200 (reference section 5). */
export const FIREWALL_PAGE: Reply = {
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 4711</body></html>",
};
