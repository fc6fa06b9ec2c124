import { BrokerAuthError } from "@x/core/adapter";
import { brokerId } from "./endpoints.ts";

/** Something that the user has to correct. The message names the field, never its value. */
export function misconfigured(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { broker: brokerId, field });
}
