import { type Json, Secret, type TokenCodec } from "@x/core/adapter";
import { isHeaderText } from "./header-text.ts";

/** What a Kotak Neo session holds: the second pair of the login and the places where it is good. The view pair is never part of it. */
export interface KotakNeoTokens {
  /** The trade token: header `Auth`. */
  readonly token: Secret;
  /** The trade sid: header `Sid`. */
  readonly sid: Secret;
  /** Origin of the trading host, without a slash at its end. */
  readonly baseUrl: string;
  /** Market feed, as https. */
  readonly feedUrl: string | undefined;
  /** Order feed, as https. */
  readonly rtUrl: string | undefined;
  /** Such as `E21`. */
  readonly dataCenter: string | undefined;
  /** The client code that the market feed asks for. A personal identifier. */
  readonly ucc: Secret;
  /** Fields that a newer version of this package has stored, as JSON text: kept for it, and not looked at here. */
  readonly further?: Secret | undefined;
}

/** The stored form, version 1: the fields of {@link KotakNeoTokens} as texts, and beside them what a newer version has added. */
export const tokens: TokenCodec<KotakNeoTokens> = {
  version: 1,
  encode({ token, sid, baseUrl, feedUrl, rtUrl, dataCenter, ucc, further }) {
    return {
      ...(further === undefined ? {} : (JSON.parse(further.reveal()) as { readonly [field: string]: Json })),
      token: token.reveal(),
      sid: sid.reveal(),
      baseUrl,
      ...(feedUrl === undefined ? {} : { feedUrl }),
      ...(rtUrl === undefined ? {} : { rtUrl }),
      ...(dataCenter === undefined ? {} : { dataCenter }),
      ucc: ucc.reveal(),
    };
  },
  // Every version of the stored form that there was: the engine refuses a newer one. By hand: a schema library would be loaded by every program that
  // only adopts a stored session.
  decode(json, version) {
    const { token, sid, baseUrl, feedUrl, rtUrl, dataCenter, ucc, ...further } = (json ?? {}) as Stored;
    const known =
      version === 1 &&
      isHeaderText(token) &&
      isHeaderText(sid) &&
      isAddress(baseUrl) &&
      (feedUrl === undefined || isAddress(feedUrl)) &&
      (rtUrl === undefined || isAddress(rtUrl)) &&
      (dataCenter === undefined || typeof dataCenter === "string") &&
      isHeaderText(ucc);
    if (!known) throw new TypeError("this is no stored form of Kotak Neo's tokens");
    return {
      token: new Secret(token),
      sid: new Secret(sid),
      baseUrl,
      feedUrl,
      rtUrl,
      dataCenter,
      ucc: new Secret(ucc),
      ...(Object.keys(further).length === 0 ? {} : { further: new Secret(JSON.stringify(further)) }),
    };
  },
};

type Stored = Readonly<Record<Exclude<keyof KotakNeoTokens, "further">, unknown>>;

function isAddress(value: unknown): value is string {
  return typeof value === "string" && URL.canParse(value);
}
