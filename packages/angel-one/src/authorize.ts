import {
  type Authorization,
  authorization,
  type AuthorizeRequest,
  isBelow,
  requirePurpose,
  Secret,
  type SessionGrant,
} from "@x/core/adapter";
import type { AngelOneAccess } from "./client.ts";
import { names } from "./endpoints.ts";
import type { AngelOneTokens } from "./tokens.ts";

/**
 * Where a request goes and with which headers (angel-one.md section 2). Bodies are JSON without exception, and the documents want both of its headers
 * on every call.
 * @throws BrokerAuthError `configuration` for a purpose: there is one header set
 */
export function authorize(
  { tokens }: SessionGrant<AngelOneTokens>,
  { purpose }: AuthorizeRequest,
  client: AngelOneAccess,
): Authorization {
  requirePurpose(purpose, [], names);
  const { credentials } = client;
  const headers = {
    ...commonHeaders(client),
    "x-privatekey": credentials.apiKey.reveal(),
    authorization: bearer(tokens.jwtToken).authorization.reveal(),
  };
  return authorization(credentials.baseUrl, headers);
}

/** Whether an address can be one of this account's. */
export function serves(address: string, { credentials }: AngelOneAccess): boolean {
  return isBelow(credentials.baseUrl, address);
}

/** What every call carries and no secret is. */
export function commonHeaders({ settings }: Pick<AngelOneAccess, "settings">): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    accept: "application/json",
    "x-usertype": "USER",
    "x-sourceid": "WEB",
    "x-clientlocalip": settings.clientLocalIp,
    "x-clientpublicip": settings.clientPublicIp,
    "x-macaddress": settings.macAddress,
  };
}

export function bearer(jwtToken: Secret): { readonly authorization: Secret } {
  return { authorization: new Secret(`Bearer ${jwtToken.reveal()}`) };
}
