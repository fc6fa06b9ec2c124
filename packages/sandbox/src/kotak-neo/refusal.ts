import type { Json } from "../json.ts";
import type { Reply } from "../reply.ts";

/**
 * How the login host words a refusal (reference section 12). The real forms are unknown in part, so a client has to read them all.
 *
 * - `mixed` (default): what was seen of each case. Wrong TOTP as an error list with 401, wrong UCC and MPIN inside a 200, fields as a list with 400.
 * - `docs`: `status`, `errorCode` and `message` with 401; fields stay a list with 400, because that is how the documents print them.
 * - `bare`: the same without `message`, as the original document shows.
 * - `gateway`: the body of the API gateway, code 900901; at call 2 it is wrapped in `fault`.
 * - `empty`: no body.
 */
export type KotakNeoFailureStyle = "mixed" | "docs" | "bare" | "gateway" | "empty";

export const kotakNeoFailureStyles: readonly KotakNeoFailureStyle[] = ["mixed", "docs", "bare", "gateway", "empty"];

export interface FailureLook {
  readonly style: KotakNeoFailureStyle;
  /** Instead of the status of the style. The reference expects every shape at 200, 400 and 401 (section 11). */
  readonly status?: number | undefined;
}

/** One reason to refuse a login call, independent of the form it is told in. */
export interface LoginRefusal {
  /** As the journal names it, such as "wrong-totp". */
  readonly reason: string;
  /** The shape of the `mixed` style by its number in reference section 8.1: S2 is a list of errors, S3 a code inside a success status. */
  readonly shape: "S2" | "S3";
  /** The HTTP status of the `mixed` style. */
  readonly status: number;
  readonly code: number;
  readonly text: string;
  /** The sentence of the `docs` style, where the documents have one of their own. */
  readonly documentedText?: string;
  /** True where the documents themselves print the list of errors. */
  readonly documentedAsList?: boolean;
}

const COMBINED_TEXT = "Invalid credentials or TOTP.";

/** Also the answer to a well-formed wrong mobile number (section 12 rule 3); the journal tells the two apart by `reason`. */
export const WRONG_TOTP: LoginRefusal = {
  reason: "wrong-totp",
  shape: "S2",
  status: 401,
  code: 401,
  text: "Invalid TOTP",
  documentedText: COMBINED_TEXT,
};

export const WRONG_MOBILE: LoginRefusal = { ...WRONG_TOTP, reason: "wrong-mobile" };

/** The same code twice in one step is refused and counted as a try (section 11). */
export const USED_TOTP: LoginRefusal = { ...WRONG_TOTP, reason: "used-totp" };

/** The 429 inside is no rate limit (section 8.2). */
export const WRONG_UCC: LoginRefusal = {
  reason: "wrong-ucc",
  shape: "S3",
  status: 200,
  code: 429,
  text: "Invalid UCC",
  documentedText: COMBINED_TEXT,
};

export const WRONG_MPIN: LoginRefusal = {
  reason: "wrong-pin",
  shape: "S3",
  status: 200,
  code: 401,
  text: "Invalid MPIN",
  documentedText: "Invalid MPIN.",
};

/** The wording of the older interfaces, the only one on record (section 8.2, row "Locked"). */
export const LOCKED: LoginRefusal = {
  reason: "locked",
  shape: "S2",
  status: 401,
  code: 70_009,
  text: "User locked due to Bad tries",
};

/** Our choice: the wording of a dead session, because none is on record for a dead view pair (section 8.2, row "View token"). */
export const DEAD_VIEW_PAIR: LoginRefusal = {
  reason: "view-pair",
  shape: "S3",
  status: 200,
  code: 100_022,
  text: "invalid session token",
  documentedText: "Invalid session",
};

export function missingField(name: string): LoginRefusal {
  return field("missing-field", `Missing required field '${name}'`);
}

export function malformedField(name: string, rule: string): LoginRefusal {
  return field("malformed-field", `Invalid field '${name}': ${rule}`);
}

function field(reason: string, text: string): LoginRefusal {
  return { reason, shape: "S2", status: 400, code: 400, text, documentedAsList: true };
}

export const MISSING_HEADER: LoginRefusal = {
  reason: "missing-header",
  shape: "S2",
  status: 400,
  code: 10_512,
  text: "Required header not found.",
  documentedAsList: true,
};

/** The gateway repeats what it was given, as such messages do; a client must not pass the text on. */
export function wrongAccessToken(sent: string): LoginRefusal {
  return {
    reason: "wrong-access-token",
    shape: "S2",
    status: 401,
    code: 401,
    text: `Consumer key ${sent} does not exist`,
  };
}

/** Our choice of words: nothing is on record for a wrong `neo-fin-key`. */
export const WRONG_FIN_KEY: LoginRefusal = {
  reason: "wrong-fin-key",
  shape: "S2",
  status: 401,
  code: 401,
  text: "Invalid neo-fin-key",
};

/** Our choice, as the next one: the reference only says that JSON is required. */
export const WRONG_CONTENT_TYPE: LoginRefusal = {
  reason: "content-type",
  shape: "S2",
  status: 415,
  code: 415,
  text: "Unsupported Media Type",
};

export const NO_JSON_OBJECT: LoginRefusal = {
  reason: "body",
  shape: "S2",
  status: 400,
  code: 400,
  text: "Invalid request body",
};

/** The refusal as the given style tells it. `call` is 1 for the login, 2 for the validation. */
export function loginRefusal(refusal: LoginRefusal, look: FailureLook, call: 1 | 2): Reply {
  const { status, body } = told(refusal, look.style, call);
  return { status: look.status ?? status, body };
}

function told(
  refusal: LoginRefusal,
  style: KotakNeoFailureStyle,
  call: 1 | 2,
): { status: number; body: Json | undefined } {
  switch (style) {
    case "mixed":
      return { status: refusal.status, body: refusal.shape === "S2" ? list(refusal) : inner(refusal) };
    case "docs":
      if (refusal.documentedAsList === true) return { status: refusal.status, body: list(refusal) };
      return {
        status: 401,
        body: { status: "error", errorCode: "401", message: refusal.documentedText ?? refusal.text },
      };
    case "bare":
      return { status: 401, body: { status: "error", errorCode: "401" } };
    case "gateway":
      return { status: 401, body: call === 1 ? gateway(refusal) : { fault: gateway(refusal) } };
    case "empty":
      return { status: 401, body: undefined };
  }
}

/** S2 of section 8.1. */
function list(refusal: LoginRefusal): Json {
  return { error: [{ code: String(refusal.code), message: refusal.text }] };
}

/** S3 of section 8.1: no `data`, and the status is 200. */
function inner(refusal: LoginRefusal): Json {
  return { stCode: refusal.code, errMsg: refusal.text, status: "failure" };
}

/** S5 of section 8.1. A factor is named in `message`; for a wrong access token the gateway has words of its own (section 8.2). */
function gateway(refusal: LoginRefusal): Json {
  const own = refusal.reason === "wrong-access-token";
  return {
    code: "900901",
    type: "Status report",
    message: own ? "Invalid Credentials" : refusal.text,
    description: "Access failure for API. Make sure you have provided the correct security credentials",
  };
}
