import type { LoginStep, Renewal } from "@x/core/adapter";
import type { NubraClient } from "./client.ts";
import { enterPin } from "./login.ts";
import type { NubraTokens } from "./tokens.ts";

/**
 * Rung two of the ladder (nubra.md section 6): the MPIN opens the next session for the auth token that outlived the last one. Without a
 * configured MPIN a person is asked for it, and for nothing else.
 */
export function renew(renewal: Renewal, client: NubraClient): Promise<LoginStep<NubraTokens>> {
  return enterPin(renewal, true, client);
}
