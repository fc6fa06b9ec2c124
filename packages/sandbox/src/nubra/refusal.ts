import type { Json } from "../json.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { Reply } from "../reply.ts";

/**
 * How failures look whose status or text nobody recorded (reference section 12, "bodies for unrecorded failures"):
 * `current` as chosen there, `status-401` all with 401, `message` and `detail` under that field, `empty` without a body. `status-403` is
 * about dead sessions and auth tokens only: 403 with an empty body, as `current` otherwise.
 */
export type NubraFailureStyle = "current" | "status-401" | "status-403" | "message" | "detail" | "empty";

export const nubraFailureStyles: readonly NubraFailureStyle[] = [
  "current",
  "status-401",
  "status-403",
  "message",
  "detail",
  "empty",
];

/** Why a request was refused, as the journal names it. */
export type RefusalName =
  | "invalid-input"
  | "missing-header"
  | "wrong-content-type"
  | "temp-token-on-verifypin"
  | "unknown-phone"
  | "lint"
  | "not-found"
  | "wrong-method"
  | "wrong-otp"
  | "otp-expired"
  | "stale-temp-token"
  | "wrong-totp"
  | "used-totp"
  | "wrong-pin"
  | "totp-not-enrolled"
  | "no-secret-pending"
  | "send-limit"
  | "locked"
  | "missing-bearer"
  | "no-ip-registered"
  | "ip-mismatch"
  | "forbidden";

interface Failure {
  readonly status: number;
  readonly text: string;
  /** "all": status and text are recorded, no style applies. "text": only the status is open. "nothing": every style applies. */
  readonly recorded: "all" | "text" | "nothing";
}

const inputs = "Enter valid inputs to proceed.";

// Sources: reference section 8 and, where that says "not recorded", section 12.
const failures: Readonly<Record<RefusalName, Failure>> = {
  "invalid-input": { status: 400, text: inputs, recorded: "all" },
  "missing-header": { status: 400, text: inputs, recorded: "all" },
  "wrong-content-type": { status: 400, text: inputs, recorded: "all" },
  "temp-token-on-verifypin": { status: 400, text: inputs, recorded: "all" },
  "unknown-phone": { status: 400, text: inputs, recorded: "all" },
  lint: { status: 400, text: inputs, recorded: "all" },
  "not-found": { status: 404, text: "Not Found", recorded: "all" },
  "wrong-method": { status: 405, text: "Method Not Allowed", recorded: "all" },
  "wrong-otp": { status: 400, text: "Invalid OTP", recorded: "nothing" },
  "otp-expired": { status: 400, text: "OTP expired", recorded: "nothing" },
  "stale-temp-token": { status: 401, text: "unauthorized", recorded: "nothing" },
  "wrong-totp": { status: 400, text: "Invalid TOTP", recorded: "nothing" },
  "used-totp": { status: 400, text: "Invalid TOTP", recorded: "nothing" },
  "wrong-pin": { status: 400, text: "Invalid MPIN", recorded: "nothing" },
  "totp-not-enrolled": { status: 400, text: "TOTP is not enabled", recorded: "text" },
  "send-limit": { status: 400, text: "Maximum attempts reached", recorded: "text" },
  // The wording is unknown (grade D); a lock without a word would be no lock for anybody, so `empty` leaves it alone.
  locked: { status: 400, text: "Account locked: too many attempts", recorded: "text" },
  "missing-bearer": { status: 401, text: "unauthorized", recorded: "all" },
  "no-ip-registered": { status: 400, text: "No IP addresses registered for user", recorded: "all" },
  "ip-mismatch": { status: 403, text: "IP address mismatch: trading access is restricted", recorded: "text" },
  forbidden: { status: 403, text: "Forbidden", recorded: "all" },
  "no-secret-pending": { status: 400, text: "Generate a TOTP secret first", recorded: "text" },
};

/** Answers with the failure and tells the journal its name, and what exactly was wrong where that helps. */
export function refuse(request: ReceivedRequest, name: RefusalName, style: NubraFailureStyle, detail?: string): Reply {
  request.entry.tell({ outcome: `refused: ${name}` });
  if (detail !== undefined) request.entry.note(detail);
  const failure = failures[name];
  return {
    status: failure.recorded !== "all" && style === "status-401" ? 401 : failure.status,
    body: failureBody(failure, style),
  };
}

function failureBody(failure: Failure, style: NubraFailureStyle): Json | undefined {
  if (failure.recorded === "nothing" && style === "empty") return undefined;
  if (failure.recorded !== "all" && (style === "message" || style === "detail")) return { [style]: failure.text };
  return errorBody(failure.text);
}

/** The current shape of an error: the code is always there and always empty (reference section 8). */
export function errorBody(text: string): Json {
  return { error: text, nubra_error_code: "" };
}

/** Why a bearer opens nothing. */
export type DeadTokenReason =
  | "session-replaced"
  | "session-expired"
  | "session-logged-out"
  | "unknown-session"
  | "wrong-device"
  | "auth-token-as-session"
  | "session-as-auth-token"
  | "auth-token-expired"
  | "unknown-auth-token";

/**
 * A dead session or auth token: 440 with an empty body (reference section 12 rules 9 and 10), for whatever reason; only the journal learns it.
 * `status-401` makes it a 401, `status-403` a 403, `message` and `detail` give it a body.
 */
export function refuseToken(request: ReceivedRequest, reason: DeadTokenReason, style: NubraFailureStyle): Reply {
  request.entry.tell({ outcome: `refused: ${reason}` });
  const body = style === "message" || style === "detail" ? { [style]: "Session expired" } : undefined;
  const status = style === "status-401" ? 401 : style === "status-403" ? 403 : 440;
  return { status, body };
}
