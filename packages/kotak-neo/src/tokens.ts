import { Secret, type TokenCodec } from "@x/core/adapter";
import { object, optional, pipe, regex, safeParse, string, url } from "valibot";

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
}

const text = pipe(string(), regex(/^[\x21-\x7e]{1,8192}$/));
const address = pipe(string(), url());

const storedTokens = object({
  token: text,
  sid: text,
  baseUrl: address,
  feedUrl: optional(address),
  rtUrl: optional(address),
  dataCenter: optional(string()),
  ucc: text,
});

/** The stored form, version 1: the fields of {@link KotakNeoTokens} as texts. */
export const tokens: TokenCodec<KotakNeoTokens> = {
  version: 1,
  encode({ token, sid, baseUrl, feedUrl, rtUrl, dataCenter, ucc }) {
    return {
      token: token.reveal(),
      sid: sid.reveal(),
      baseUrl,
      ...(feedUrl === undefined ? {} : { feedUrl }),
      ...(rtUrl === undefined ? {} : { rtUrl }),
      ...(dataCenter === undefined ? {} : { dataCenter }),
      ucc: ucc.reveal(),
    };
  },
  decode(json) {
    const parsed = safeParse(storedTokens, json);
    // The library's own error would show the tokens.
    if (!parsed.success) throw new TypeError("this is no stored form of Kotak Neo's tokens");
    const { token, sid, baseUrl, feedUrl, rtUrl, dataCenter, ucc } = parsed.output;
    return {
      token: new Secret(token),
      sid: new Secret(sid),
      baseUrl,
      feedUrl,
      rtUrl,
      dataCenter,
      ucc: new Secret(ucc),
    };
  },
};
