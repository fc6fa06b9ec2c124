import type { Json } from "./json.ts";

/**
 * The state between two challenges as a provider sees it: plain, versioned data that survives `JSON.stringify`, without any factor.
 * It holds the broker's temporary tokens, so keep it where secrets are kept. The engine does that, and gives its callers a handle only.
 */
export interface PendingLogin {
  /** Version of `state`, counted by the provider. Another one is refused. */
  readonly version: number;
  readonly broker: string;
  readonly environment: string;
  /** Which challenge it waits for. */
  readonly awaits: "otp" | "totp" | "mpin" | "redirect";
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds after which the provider refuses it with `challenge_expired`. */
  readonly expiresAt: number;
  /** The provider's own data. */
  readonly state: Json;
}
