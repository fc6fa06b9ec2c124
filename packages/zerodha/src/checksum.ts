import { Secret } from "@x/core/adapter";
import type { ZerodhaCredentials } from "./credentials.ts";

/** SHA-256 of API key, request token and API secret in one, as lower-case hex (zerodha.md section 2): the secret itself never travels. */
export async function checksum(requestToken: Secret, { apiKey, apiSecret }: ZerodhaCredentials): Promise<Secret> {
  const text = apiKey.reveal() + requestToken.reveal() + apiSecret.reveal();
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return new Secret(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}
