import { type FurtherTokens, type Secret, type TokenCodec, tokenCodec } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** What an Angel One session holds. The refresh token is no part of it: it outlives the session and is kept as the renewal. */
export interface AngelOneTokens extends FurtherTokens {
  /** Bearer of every call, without `Bearer`. */
  readonly jwtToken: Secret;
  /** What the sockets want beside it. */
  readonly feedToken: Secret;
}

/** The stored form, version 1. */
export const tokens: TokenCodec<AngelOneTokens> = tokenCodec(names.title, 1, {
  jwtToken: "secret",
  feedToken: "secret",
});
