import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";

/** What an adapter threw, as an error of ours: another one may hold a request, and says nothing about what became of it. */
export function adapterError(thrown: unknown): BrokerAuthError {
  return isBrokerAuthError(thrown)
    ? thrown
    : new BrokerAuthError("protocol_error", "the adapter failed in a way it does not know", { cause: thrown });
}
