import type { Secret } from "./secret.ts";

/** What a broker granted, as the provider hands it over. */
export interface SessionGrant<Tokens> {
  /** The broker's tokens and addresses; every secret in it is a {@link Secret}. */
  readonly tokens: Tokens;
  /** Epoch milliseconds, broker time. */
  readonly issuedAt: number;
  /** Epoch milliseconds: the earlier of the token's own claim and the broker's daily cut-off. No margin is subtracted. */
  readonly expiresAt: number;
  /** The device id it was minted with; later calls must carry the same. */
  readonly deviceId: Secret;
}

/** A session with its place in the account's history. */
export interface Session<Tokens> extends SessionGrant<Tokens> {
  /**
   * Rises with every minted session of the account, and only then: it says which session a refusal is about. It is the time of its minting in epoch
   * milliseconds, or one more than the last one, and never repeats.
   */
  readonly generation: number;
}

/** What outlives a session and can mint the next one without a new first factor (Nubra's auth token). */
export interface Renewal {
  readonly token: Secret;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Epoch milliseconds, where the broker documents a lifetime. */
  readonly expiresAt?: number | undefined;
}
