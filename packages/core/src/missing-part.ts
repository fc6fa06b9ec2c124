import { BrokerAuthError } from "./broker-auth-error.ts";

/** What it means that a file of this package could not be loaded later than its first one: it was there when the program started. */
export function missingPart(cause: unknown): BrokerAuthError {
  return new BrokerAuthError("configuration", "a part of @x/core could not be loaded: its files were changed", {
    cause,
    action: "Restart the program; after an update a running one cannot load what it had not loaded before.",
  });
}
