import {
  type BrokerAnswer,
  type BrokerAuthError,
  commonMeanings,
  type Meaning,
  refusedCall,
  unexaminedCall,
} from "@x/core/adapter";
import { type ExampleBrokerCallName, names } from "./endpoints.ts";
import { readFailure } from "./failure-body.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
}

const common = commonMeanings(names.title);

/** What the broker's words mean where a session is granted. */
const grantFailures: Readonly<Record<string, Meaning>> = {
  TokenException: {
    code: "otp_rejected",
    message: "the broker does not take this request token",
    action: "Log in at the broker's page again: a request token lives five minutes and is good once.",
  },
  ChecksumException: {
    code: "invalid_credentials",
    message: "the broker refused the checksum, so the API secret is not the one of this API key",
    action: "Copy the API secret from the app's page at the broker again.",
  },
};

const tokenOver: Meaning = { code: "session_expired", message: "the session has ended" };
const denied: Meaning = { code: "permission_denied", message: "the broker forbids this account or app the call" };
const unavailable: Meaning = { code: "broker_unavailable", message: "the broker is not working" };

/** What a refused call means. The broker's own text is never repeated. */
export function refusal(call: ExampleBrokerCallName, answer: BrokerAnswer, { now }: RefusalFacts): BrokerAuthError {
  const { code = "" } = readFailure(answer.json);
  const known = answer.status === 403 ? knownMeaning(call, code) : undefined;
  const brokerCode = known === undefined ? undefined : code;
  return refusedCall(known ?? meaningOf(call, answer, now), answer, now, { brokerCode });
}

function knownMeaning(call: ExampleBrokerCallName, code: string): Meaning | undefined {
  if (call !== "grantSession") return code === "TokenException" ? tokenOver : undefined;
  return Object.hasOwn(grantFailures, code) ? grantFailures[code] : undefined;
}

function meaningOf(call: ExampleBrokerCallName, answer: BrokerAnswer, now: number): Meaning {
  const { status } = answer;
  // Throttled, shed by a busy server, stopped by a firewall: the request token was not looked at.
  const passed = unexaminedCall(answer, now);
  if (passed !== undefined) return common[passed.code];
  if (status === 403) return denied;
  // A request token that has left: nobody knows what became of it.
  if (status >= 500) return call === "grantSession" ? common.unclear : unavailable;
  return common.unrecognised;
}
