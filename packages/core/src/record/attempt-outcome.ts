import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type AttemptOutcome, errorCodes } from "../errors/error-codes.ts";

/**
 * The row of the attempts table that an error belongs to, seen from a factor that was written down before it. It is the code's own row, but
 * for two codes that say it with their facts: with a status, or with a wish to wait, the call arrived and was turned away unseen; without them
 * it never left.
 */
export function attemptOutcome({ code, status, retryAfterMs }: BrokerAuthError): AttemptOutcome {
  if (code !== "broker_unavailable" && code !== "configuration") return errorCodes[code].attempt;
  return status !== undefined || retryAfterMs !== undefined ? "not_looked_at" : "not_sent";
}
