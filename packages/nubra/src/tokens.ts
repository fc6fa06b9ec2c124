import { Secret, type TokenCodec } from "@x/core/adapter";

/** What a Nubra session holds. The auth token is no part of it: it outlives the session and is kept as the renewal. */
export interface NubraTokens {
  /** Bearer of every call of the session, and a word of every socket command. */
  readonly sessionToken: Secret;
  /** Nubra's number of the user, where the answer told it. */
  readonly userId?: Secret | undefined;
}

export const tokens: TokenCodec<NubraTokens> = {
  version: 1,
  encode({ sessionToken, userId }) {
    return { sessionToken: sessionToken.reveal(), ...(userId === undefined ? {} : { userId: userId.reveal() }) };
  },
  decode(json) {
    const { sessionToken, userId, ...surplus } = (json ?? {}) as Stored;
    const known = typeof sessionToken === "string" && (userId === undefined || typeof userId === "string");
    if (!known || Object.keys(surplus).length > 0) throw new TypeError("this is no stored form of Nubra's tokens");
    return { sessionToken: new Secret(sessionToken), ...(userId === undefined ? {} : { userId: new Secret(userId) }) };
  },
};

type Stored = Readonly<Record<keyof NubraTokens, unknown>>;
