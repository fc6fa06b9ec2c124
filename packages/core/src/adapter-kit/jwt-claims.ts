import { isObject } from "../errors/argument.ts";

/**
 * The claims inside a JWT, undefined for anything that is not one. The signature is not checked: there is no public key, so a claim may
 * shorten what we believe (an expiry), never widen it.
 */
export function readJwtClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const part = token.split(".");
  if (part.length !== 3) return undefined;
  try {
    const text = atob((part[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    // A loop: each token is read several times in a login, and `Uint8Array.from` takes ten times as long.
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The `exp` claim in epoch milliseconds, 0 for one of zero or below, which is over in any case; undefined where there is none that makes
 * sense: no number and no text of one, or a time beyond the year 5000, such as milliseconds.
 */
export function jwtExpiry(token: string): number | undefined {
  return claimedTime(token, "exp");
}

// A host's clock that nobody has measured yet must not end a login.
const beginningSlackMs = 30 * 60_000;

/** Whether a JWT says that it opens nothing yet: its `nbf` claim lies more than half an hour ahead. @param now broker time in epoch milliseconds */
export function isPremature(token: string, now: number): boolean {
  return (claimedTime(token, "nbf") ?? 0) > now + beginningSlackMs;
}

// Some write the number as a text.
function claimedTime(token: string, claim: "exp" | "nbf"): number | undefined {
  const given = readJwtClaims(token)?.[claim];
  const seconds = typeof given === "string" && /^-?\d+(?:\.\d+)?$/.test(given) ? Number(given) : given;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds < 1e11
    ? Math.max(seconds, 0) * 1000
    : undefined;
}
