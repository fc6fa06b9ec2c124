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

/**
 * The `exp` claim in epoch milliseconds, 0 for one of zero or below, which is over in any case; undefined where there is none that makes
 * sense: no number, or a time beyond the year 5000, such as milliseconds.
 */
export function jwtExpiry(token: string): number | undefined {
  const exp = readJwtClaims(token)?.["exp"];
  return typeof exp === "number" && Number.isFinite(exp) && exp < 1e11 ? Math.max(exp, 0) * 1000 : undefined;
}
