import type { Json } from "../json.ts";
import type { Reply } from "../reply.ts";
import type { KotakNeoFailureStyle } from "./refusal.ts";

/**
 * How the broker says that a session is dead (reference section 8.3).
 *
 * - `100022`, `1003`: inside a success status, with `emsg` and `errMsg`; `nested` is 100022 one level deeper, under `data`.
 * - `stcode-401`, `stcode-403`: the same with "Expired session"; `http-401` says it by the status as well, `http-403` by nothing else.
 * - `900901`, `10020`: the older hosts' bodies.
 * - `bare`, `empty`: 401 with next to nothing, and with nothing.
 */
export type SessionRefusalForm =
  | "100022"
  | "1003"
  | "nested"
  | "stcode-401"
  | "stcode-403"
  | "http-401"
  | "http-403"
  | "900901"
  | "10020"
  | "bare"
  | "empty";

const refusals: Readonly<Record<SessionRefusalForm, { readonly status: number; readonly body?: Json }>> = {
  "100022": { status: 200, body: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } },
  "1003": { status: 200, body: { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" } },
  nested: { status: 200, body: { data: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } } },
  "stcode-401": { status: 200, body: { stat: "Not_Ok", stCode: 401, message: "Expired session" } },
  "stcode-403": { status: 200, body: { stat: "Not_Ok", stCode: 403, message: "Expired session" } },
  "http-401": { status: 401, body: { stat: "Not_Ok", stCode: 401, message: "Expired session" } },
  "http-403": { status: 403 },
  "900901": {
    status: 401,
    body: {
      fault: {
        code: "900901",
        type: "Status report",
        message: "Invalid Credentials",
        description: "Access failure for API",
      },
    },
  },
  "10020": {
    status: 401,
    body: { stat: "Not_Ok", error: [{ code: "10020", message: "Invalid session" }], tid: "server-0000-0001" },
  },
  bare: { status: 401, body: { status: "error", errorCode: "401" } },
  empty: { status: 401 },
};

/** Which form goes with the style of the login host, unless a scenario asks for another one. */
const FORM_OF_STYLE: Readonly<Record<KotakNeoFailureStyle, SessionRefusalForm>> = {
  mixed: "100022",
  docs: "http-401",
  bare: "bare",
  gateway: "900901",
  empty: "empty",
};

export function sessionRefusal(form: SessionRefusalForm | undefined, style: KotakNeoFailureStyle): Reply {
  return { ...refusals[form ?? FORM_OF_STYLE[style]] };
}

/** Takes the name as it is or, for the codes among them, as a number. */
export function readSessionRefusalForm(value: Json | undefined): SessionRefusalForm | undefined {
  const name = typeof value === "number" ? String(value) : value;
  return isForm(name) ? name : undefined;
}

function isForm(value: Json | undefined): value is SessionRefusalForm {
  return typeof value === "string" && Object.hasOwn(refusals, value);
}

/** The address is not listed; it says nothing about the session, in spite of its text (section 8.3). In every style, because the code is all there is. */
export const ADDRESS_NOT_LISTED: Reply = {
  status: 200,
  body: { stCode: 100_008, errMsg: "unauthorized", stat: "Not_Ok" },
};

/** The address is listed, the session is from another one. The spelling is the broker's. */
export const SESSION_FROM_ELSEWHERE: Reply = {
  status: 200,
  body: { stCode: 1037, errMsg: "session ip doesnt match with reqest ip", stat: "Not_Ok" },
};

/** The session is alive, there is nothing to show (section 8.3). */
export const NO_DATA: Reply = { status: 200, body: { stat: "Not_Ok", stCode: 5203, emsg: "No Data" } };

/** A mistake in the call itself. Of the codes for it (1002, 1004 to 1009, 1021) the reference does not say which means what, so the choice is ours. */
export function inputRefusal(text: string): Reply {
  return { status: 400, body: { stat: "Not_Ok", stCode: 1004, emsg: text } };
}

/** A header that every trading call must have. The code is the one of the login host; the shape is that of this host (our choice). */
export const MISSING_TRADING_HEADER: Reply = {
  status: 400,
  body: { stat: "Not_Ok", stCode: 10_512, emsg: "Required header not found." },
};
