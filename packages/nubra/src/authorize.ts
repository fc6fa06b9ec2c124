import { type Authorization, authorization, type AuthorizeRequest, isBelow, type SessionGrant } from "@x/core/adapter";
import type { NubraAccess } from "./client.ts";
import type { NubraTokens } from "./tokens.ts";

/** Where a request goes and with which headers (nubra.md section 7). Nubra has one set, so path and purpose change nothing. */
export function authorize(
  { tokens, deviceId }: SessionGrant<NubraTokens>,
  _request: AuthorizeRequest,
  { settings, credentials }: NubraAccess,
): Authorization {
  const headers = {
    ...settings.extraHeaders,
    authorization: `Bearer ${tokens.sessionToken.reveal()}`,
    "x-device-id": deviceId.reveal(),
  };
  return authorization(credentials.baseUrl, headers);
}

/** Whether an address can be one of this account's. */
export function serves(address: string, { credentials }: NubraAccess): boolean {
  return isBelow(credentials.baseUrl, address);
}
