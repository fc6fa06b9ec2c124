import type { LoginStep, Renewal } from "@x/core/adapter";
import type { NubraClient } from "./client.ts";
import { askForPin } from "./login.ts";
import { openSession } from "./mpin.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Rung two of the ladder (nubra.md section 6): the MPIN opens the next session for the auth token that outlived the last one. Without a
 * configured MPIN a person is asked for it, and for nothing else.
 */
export async function renew(renewal: Renewal, client: NubraClient): Promise<LoginStep<NubraTokens>> {
  const { mpin } = client.credentials;
  const authToken = { token: renewal.token, issuedAt: renewal.issuedAt };
  if (mpin === undefined) return askForPin(authToken, true, client);
  return openSession("renewWithPin", authToken, { digits: mpin, typed: false }, client);
}
