import {
  type BrokerAnswer,
  BrokerAuthError,
  type BrokerAuthErrorCode,
  retryAfter,
  unexaminedCall,
} from "@x/core/adapter";
import { brokerId } from "./endpoints.ts";
import { readErrorType } from "./responses.ts";

interface Failure {
  readonly code: BrokerAuthErrorCode;
  readonly message: string;
  readonly action?: string;
}

/** What the broker's words mean at POST /session/token. */
const tokenFailures: Readonly<Record<string, Failure>> = {
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

/** What a refused login call means. The broker's own text is never repeated. */
export function loginRefusal(step: string, answer: BrokerAnswer, now: number): BrokerAuthError {
  const { status } = answer;
  const errorType = readErrorType(answer.json);
  const known =
    status === 403 && errorType !== undefined && Object.hasOwn(tokenFailures, errorType)
      ? tokenFailures[errorType]
      : undefined;
  const { code, message, action } = known ?? meaningOf(answer, now);
  return new BrokerAuthError(code, `${step}: ${message}`, {
    broker: brokerId,
    step,
    status,
    action,
    brokerCode: known === undefined ? undefined : errorType,
    retryAfterMs: retryAfter(answer.header("retry-after"), now),
  });
}

function meaningOf(answer: BrokerAnswer, now: number): Failure {
  const { status } = answer;
  // Throttled, shed by a busy server, stopped by a firewall: the request token was not looked at.
  const passed = unexaminedCall(answer, now);
  if (passed !== undefined) return { code: passed.code, message: "the call was turned away before it was looked at" };
  if (status === 403) return { code: "permission_denied", message: "the broker forbids this account or app the login" };
  // The request token has left, and nobody knows what became of it.
  if (status >= 500) return { code: "outcome_unknown", message: `the broker answered ${status}, it is not working` };
  return { code: "protocol_error", message: `the broker answered ${status} with nothing that is known` };
}
