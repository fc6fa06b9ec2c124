import { Secret } from "@x/core/adapter";
import type { ExampleBrokerCredentials } from "./credentials.ts";

/** SHA-256 of API key, request token and API secret in one, as lower-case hex: the secret itself never travels. */
export async function checksum(requestToken: Secret, credentials: ExampleBrokerCredentials): Promise<Secret> {
  const { apiKey, apiSecret } = credentials;
  const text = apiKey.reveal() + requestToken.reveal() + apiSecret.reveal();
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return new Secret(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}
