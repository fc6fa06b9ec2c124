/**
 * The claims inside a JWT, undefined for anything that is not one. The signature is not checked: there is no public key, so a claim may
 * shorten what we believe (an expiry), never widen it.
 */
export function readJwtClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const part = token.split(".");
  if (part.length !== 3) return undefined;
  try {
    const text = atob((part[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The `exp` claim in epoch milliseconds; undefined where there is none that makes sense. */
export function jwtExpiry(token: string): number | undefined {
  const exp = readJwtClaims(token)?.["exp"];
  return typeof exp === "number" && Number.isFinite(exp) && exp > 0 && exp < 1e11 ? exp * 1000 : undefined;
}
