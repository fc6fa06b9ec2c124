import { type Authorization, type AuthorizeRequest, type SessionGrant, wrongArgument } from "@x/core/adapter";
import type { ExampleBrokerAccess } from "./client.ts";
import { names } from "./endpoints.ts";
import type { ExampleBrokerTokens } from "./tokens.ts";

/** Where a request goes and with which header. @throws BrokerAuthError `configuration` for a purpose: this broker has one header set */
export function authorize(
  { tokens }: SessionGrant<ExampleBrokerTokens>,
  { purpose }: AuthorizeRequest,
  { credentials }: ExampleBrokerAccess,
): Authorization {
  if (purpose !== undefined) throw wrongArgument("purpose", "this broker has none", names.broker);
  const headers = { authorization: `token ${credentials.apiKey.reveal()}:${tokens.accessToken.reveal()}` };
  return Object.freeze({ origin: credentials.baseUrl, headers: Object.freeze(headers) });
}

/** Whether an address can be one of this account's. */
export function serves(address: string, { credentials }: ExampleBrokerAccess): boolean {
  return URL.canParse(address) && new URL(address).origin === credentials.baseUrl;
}
