import { Secret, type TokenCodec } from "@x/core/adapter";
import { object, parse, regex, string } from "zod/mini";

/** What a session holds. The API key of the header comes from the account. */
export interface ExampleBrokerTokens {
  readonly accessToken: Secret;
}

const storedTokens = object({ accessToken: string().check(regex(/^[\x21-\x7e]{1,4096}$/)) });

/** The stored form, version 1. */
export const tokens: TokenCodec<ExampleBrokerTokens> = {
  version: 1,
  encode: ({ accessToken }) => ({ accessToken: accessToken.reveal() }),
  decode: (json) => ({ accessToken: new Secret(parse(storedTokens, json).accessToken) }),
};
