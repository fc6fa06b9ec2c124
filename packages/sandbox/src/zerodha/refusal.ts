import type { Reply } from "../reply.ts";

/** Why a call is refused, as the broker tells it (reference section 3). */
export interface Refusal {
  /** As the journal names it, such as "spent-request-token". */
  readonly reason: string;
  readonly status: number;
  readonly errorType: string;
  readonly message: string;
}

/** The texts on record for a refused request token or checksum; which of them means what is not sure (reference section 3). */
export const TOKEN_TEXTS = {
  token: "Token is invalid or has expired.",
  credentials: "Invalid session credentials",
  checksum: "Invalid `checksum`.",
} as const;

/**
 * How the end of a session is told. `token` is the documented one; `credentials` has another known text; an `empty` body and an `html` page
 * are what a proxy may answer, and prove nothing (reference section 5).
 */
export type SessionRefusalForm = "token" | "credentials" | "empty" | "html";

const forms: readonly SessionRefusalForm[] = ["token", "credentials", "empty", "html"];

export function readSessionRefusalForm(value: unknown): SessionRefusalForm | undefined {
  return forms.find((form) => form === value);
}

export function errorReply({ status, errorType, message }: Omit<Refusal, "reason">): Reply {
  return { status, body: { status: "error", message, data: null, error_type: errorType } };
}

export function tokenRefusal(reason: string, message: string = TOKEN_TEXTS.token): Refusal {
  return { reason, status: 403, errorType: "TokenException", message };
}

export const NO_PERMISSION: Refusal = {
  reason: "no-permission",
  status: 403,
  errorType: "PermissionException",
  message: "Insufficient permission for that call.",
};

/** A mistake in the call itself: what is on record is the error type (reference section 5); the sentences are ours. */
export function inputRefusal(reason: string, message: string): Refusal {
  return { reason, status: 400, errorType: "InputException", message };
}

export function sessionRefusal(form: SessionRefusalForm | undefined): Reply {
  switch (form) {
    case "empty":
      return { status: 403 };
    case "html":
      return { status: 403, fault: { kind: "html", status: 403 } };
    case "credentials":
      return errorReply(tokenRefusal("", TOKEN_TEXTS.credentials));
    case "token":
    case undefined:
      return errorReply(tokenRefusal("", "Incorrect `api_key` or `access_token`."));
  }
}
