import {
  type BrokerAnswer,
  type BrokerAuthError,
  commonMeanings,
  type Meaning,
  refusedCall,
  unexaminedCall,
} from "@x/core/adapter";
import { type ZerodhaCallName, endpoints, names } from "./endpoints.ts";
import { addressText, readFailure } from "./failure-body.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
}

const common = commonMeanings(names.title);

const wrongToken: Meaning = {
  code: "otp_rejected",
  message: "Zerodha does not take this request token",
  action: "Log in at Zerodha's page again: a request token is good once, and for a few minutes.",
};
const wrongSecret: Meaning = {
  code: "invalid_credentials",
  message: "Zerodha refused the checksum, so the API secret is not that of this API key",
  action: "Copy the API secret from the app's page in the Kite Connect developer console again.",
};
const wrongEither: Meaning = {
  code: "invalid_credentials",
  message: "Zerodha refused the API secret or the request token, and does not say which",
  action:
    "Compare apiKey and apiSecret with the app's page in the Kite Connect developer console; if they are right, log in at Zerodha's page again.",
};
const tokenOver: Meaning = { code: "session_expired", message: "the session has ended" };
const wrongAddress: Meaning = {
  code: "ip_not_allowed",
  message: "Zerodha does not allow this network address",
  action:
    "List the address of this machine at the app in the Kite Connect developer console (IPv4 and IPv6 both count).",
};
const denied: Meaning = {
  code: "permission_denied",
  message: "Zerodha denies this app or account the call",
  action: "Look at the app's plan in the Kite Connect developer console: a free one has no market data and no socket.",
};
const unavailable: Meaning = { code: "broker_unavailable", message: "Zerodha answered that it is not working" };

/** What a refused call means: the texts first, then the error type, then the status (zerodha.md sections 3 and 5). The broker's own text is never repeated. */
export function refusal(call: ZerodhaCallName, answer: BrokerAnswer, { now }: RefusalFacts): BrokerAuthError {
  const { errorType } = readFailure(answer.json);
  return refusedCall(meaningOf(call, answer, now), answer, now, { brokerCode: errorType });
}

function meaningOf(call: ZerodhaCallName, answer: BrokerAnswer, now: number): Meaning {
  const { status, ok } = answer;
  const { text, errorType } = readFailure(answer.json);
  const { carriesFactor } = endpoints[call];
  const failed = status >= 500;
  const passed = unexaminedCall(answer, now);
  if (!failed && passed === undefined) {
    if (!ok && addressText.test(text)) return wrongAddress;
    if (errorType === "TokenException" && (status === 403 || ok)) return tokenMeaning(call, text);
  }
  if (passed !== undefined && (carriesFactor || passed.code === "rate_limited")) return common[passed.code];
  // A request token that has left: nobody knows what became of it.
  if (failed) return carriesFactor ? common.unclear : unavailable;
  if (status === 403) return denied;
  return common.unrecognised;
}

/** The three texts on record where a session is granted (zerodha.md section 3). Any other is about the request token, which is what a person can get anew. */
function tokenMeaning(call: ZerodhaCallName, text: string): Meaning {
  if (call !== "grantSession") return tokenOver;
  if (/checksum/i.test(text)) return wrongSecret;
  return /invalid session credentials/i.test(text) ? wrongEither : wrongToken;
}
