import { BrokerAuthError } from "../errors/broker-auth-error.ts";

const waited = new WeakSet<BrokerAuthError>();

/**
 * What ends a login because another one of the same account came first. Nothing was sent after that; the session that the other one brought is
 * adopted.
 * @param whileWaiting it was found out after a wait, and before anything was sent: the login may begin again from the record as it is now
 */
export function overtaken(whileWaiting = false): BrokerAuthError {
  const error = new BrokerAuthError("store_busy", "another process has logged in, or is about to; nothing was sent");
  if (whileWaiting) waited.add(error);
  return error;
}

export function wasWaiting(error: unknown): boolean {
  return waited.has(error as BrokerAuthError);
}
