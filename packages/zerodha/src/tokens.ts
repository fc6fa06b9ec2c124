import { type FurtherTokens, type Secret, type TokenCodec, tokenCodec } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** What a Zerodha session holds. The API key of the header comes from the account. */
export interface ZerodhaTokens extends FurtherTokens {
  readonly accessToken: Secret;
}

/** The stored form, version 1. */
export const tokens: TokenCodec<ZerodhaTokens> = tokenCodec(names.title, 1, { accessToken: "secret" });
