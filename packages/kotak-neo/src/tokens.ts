import { type FurtherTokens, type Secret, type TokenCodec, tokenCodec } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** What a Kotak Neo session holds: the second pair of the login and the places where it is good. The view pair is never part of it. */
export interface KotakNeoTokens extends FurtherTokens {
  /** The trade token: header `Auth`. */
  readonly token: Secret;
  /** The trade sid: header `Sid`. */
  readonly sid: Secret;
  /** Origin of the trading host, without a slash at its end. */
  readonly baseUrl: string;
  /** Market feed, as https. */
  readonly feedUrl?: string | undefined;
  /** Order feed, as https. */
  readonly rtUrl?: string | undefined;
  /** Such as `E21`. */
  readonly dataCenter?: string | undefined;
  /** The client code that the market feed asks for. A personal identifier. */
  readonly ucc: Secret;
}

/** The stored form, version 1. */
export const tokens: TokenCodec<KotakNeoTokens> = tokenCodec(names.title, 1, {
  token: "secret",
  sid: "secret",
  baseUrl: "address",
  feedUrl: "address?",
  rtUrl: "address?",
  dataCenter: "text?",
  ucc: "secret",
});
