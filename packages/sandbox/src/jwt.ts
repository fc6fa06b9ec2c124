import { createHash } from "node:crypto";
import { type Json, type JsonObject, isJsonObject, parseJson } from "./json.ts";

/**
 * A token in the shape of a JWT: three base64url parts. The signature is invented (a digest of the first two parts), because no client
 * can verify it: the brokers publish no key. 256 bytes long for RS256, 32 otherwise, so that sizes are right.
 */
export function mintJwt(claims: JsonObject, header: JsonObject = { alg: "HS256", typ: "JWT" }): string {
  const signed = `${part(header)}.${part(claims)}`;
  const rounds = header["alg"] === "RS256" ? 8 : 1;
  const signature = Array.from({ length: rounds }, (_, round) =>
    createHash("sha256").update(`${round}.${signed}`).digest(),
  );
  return `${signed}.${Buffer.concat(signature).toString("base64url")}`;
}

/** The claims, unverified; undefined if the text is no JWT with a JSON object in the middle. */
export function readJwtClaims(token: string): JsonObject | undefined {
  const [, payload, signature, ...rest] = token.split(".");
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const claims = parseJson(Buffer.from(payload, "base64url").toString("utf8"));
  return isJsonObject(claims) ? claims : undefined;
}

/** The same token with an `exp` of an hour ago; what is no JWT comes back as it is. */
export function expiredJwt(token: Json | undefined, at: number): Json | undefined {
  if (typeof token !== "string") return token;
  const claims = readJwtClaims(token);
  const header = parseJson(Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8"));
  return claims === undefined || !isJsonObject(header)
    ? token
    : mintJwt({ ...claims, exp: Math.floor(at / 1000) - 3600 }, header);
}

function part(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
