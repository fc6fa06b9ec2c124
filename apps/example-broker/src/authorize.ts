import { type Authorization, BrokerAuthError, type SessionGrant } from "@x/core/adapter";
import type { ExampleBrokerCredentials } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** Where a request goes and with which header. @throws BrokerAuthError `configuration` for a purpose: this broker has one header set */
export function authorize(
  session: SessionGrant<ExampleBrokerTokens>,
  { apiKey, apiOrigin }: ExampleBrokerCredentials,
  purpose?: string,
): Authorization {
  if (purpose !== undefined) {
    throw new BrokerAuthError("configuration", "purpose: this broker has none", { broker: brokerId, field: "purpose" });
  }
  const headers = { authorization: `token ${apiKey.reveal()}:${session.tokens.accessToken.reveal()}` };
  return Object.freeze({ origin: apiOrigin, headers: Object.freeze(headers) });
}
