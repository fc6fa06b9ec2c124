import { type Authorization, type SessionGrant, Secret } from "@x/core/adapter";
import type { NubraCredentials } from "./credentials.ts";
import type { NubraSettings } from "./options.ts";
import type { NubraTokens } from "./tokens.ts";

/** Headers of a session's calls (nubra.md section 7). Nubra has one set, so path and purpose change nothing. */
export function authorize(
  session: SessionGrant<NubraTokens>,
  credentials: NubraCredentials,
  settings: NubraSettings,
): Authorization {
  const headers = Object.freeze({
    ...settings.extraHeaders,
    authorization: `Bearer ${session.tokens.sessionToken.reveal()}`,
    "x-device-id": session.deviceId.reveal(),
  });
  return { origin: credentials.baseUrl, headers };
}

/** The same headers for the adapter's own calls, still closed. */
export function sessionHeaders(
  session: SessionGrant<NubraTokens>,
  settings: NubraSettings,
): Readonly<Record<string, string | Secret>> {
  return {
    ...settings.extraHeaders,
    authorization: bearer(session.tokens.sessionToken),
    "x-device-id": session.deviceId,
  };
}

export function bearer(token: Secret): Secret {
  return new Secret(`Bearer ${token.reveal()}`);
}
