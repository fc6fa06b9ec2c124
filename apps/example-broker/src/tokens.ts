import { type FurtherTokens, type Secret, type TokenCodec, tokenCodec } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** What a session holds. The API key of the header comes from the account. */
export interface ExampleBrokerTokens extends FurtherTokens {
  readonly accessToken: Secret;
}

/** The stored form, version 1. */
export const tokens: TokenCodec<ExampleBrokerTokens> = tokenCodec(names.title, 1, { accessToken: "secret" });
