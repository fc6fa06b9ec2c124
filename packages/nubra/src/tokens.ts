import { type Json, Secret, type TokenCodec } from "@x/core/adapter";
import { isHeaderText } from "./header-text.ts";

/** What a Nubra session holds. The auth token is no part of it: it outlives the session and is kept as the renewal. */
export interface NubraTokens {
  /** Bearer of every call of the session, and a word of every socket command. */
  readonly sessionToken: Secret;
  /** Nubra's number of the user, where the answer told it. */
  readonly userId?: Secret | undefined;
  /** Fields that a newer version of this package has stored, as JSON text: kept for it, and not looked at here. */
  readonly further?: Secret | undefined;
}

/** The stored form, version 1: the fields of {@link NubraTokens} as texts, and beside them what a newer version has added. */
export const tokens: TokenCodec<NubraTokens> = {
  version: 1,
  encode({ sessionToken, userId, further }) {
    return {
      ...(further === undefined ? {} : (JSON.parse(further.reveal()) as { readonly [field: string]: Json })),
      sessionToken: sessionToken.reveal(),
      ...(userId === undefined ? {} : { userId: userId.reveal() }),
    };
  },
  // Every version of the stored form that there was: the engine refuses a newer one. By hand: a schema library would be loaded by every program that
  // only adopts a stored session.
  decode(json, version) {
    const { sessionToken, userId, ...further } = (json ?? {}) as Stored;
    const known = version === 1 && isHeaderText(sessionToken) && (userId === undefined || isHeaderText(userId));
    if (!known) throw new TypeError("this is no stored form of Nubra's tokens");
    return {
      sessionToken: new Secret(sessionToken),
      ...(userId === undefined ? {} : { userId: new Secret(userId) }),
      ...(Object.keys(further).length === 0 ? {} : { further: new Secret(JSON.stringify(further)) }),
    };
  },
};

type Stored = Readonly<Record<Exclude<keyof NubraTokens, "further">, unknown>>;
