import { type FurtherTokens, type Secret, type TokenCodec, tokenCodec } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** What a Nubra session holds. The auth token is no part of it: it outlives the session and is kept as the renewal. */
export interface NubraTokens extends FurtherTokens {
  /** Bearer of every call of the session, and a word of every socket command. */
  readonly sessionToken: Secret;
  /** Nubra's number of the user, where the answer told it. */
  readonly userId?: Secret | undefined;
}

/** The stored form, version 1. */
export const tokens: TokenCodec<NubraTokens> = tokenCodec(names.title, 1, {
  sessionToken: "secret",
  userId: "secret?",
});
