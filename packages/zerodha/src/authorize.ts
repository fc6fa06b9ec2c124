import {
  type Authorization,
  authorization,
  type AuthorizeRequest,
  isBelow,
  requirePurpose,
  type SessionGrant,
} from "@x/core/adapter";
import type { ZerodhaAccess } from "./client.ts";
import { names, versionHeader } from "./endpoints.ts";
import type { ZerodhaTokens } from "./tokens.ts";

/** Where a request goes and with which headers (zerodha.md section 2). @throws BrokerAuthError `configuration` for a purpose: there is one header set */
export function authorize(
  { tokens }: SessionGrant<ZerodhaTokens>,
  { purpose }: AuthorizeRequest,
  { credentials }: ZerodhaAccess,
): Authorization {
  requirePurpose(purpose, [], names);
  const headers = {
    ...versionHeader,
    authorization: `token ${credentials.apiKey.reveal()}:${tokens.accessToken.reveal()}`,
  };
  return authorization(credentials.baseUrl, headers);
}

/** Whether an address can be one of this account's. */
export function serves(address: string, { credentials }: ZerodhaAccess): boolean {
  return isBelow(credentials.baseUrl, address);
}
