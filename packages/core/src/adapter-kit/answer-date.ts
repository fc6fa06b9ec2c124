/** Reads a header of an answer. */
export type HeaderReader = (name: string) => string | undefined;

/** When an answer was made, as far as its headers tell, in epoch milliseconds. Precise to the second. */
export interface AnswerAge {
  /** As its Date says. */
  readonly datedAt: number;
  /** How long it lay in caches since, as its Age says: 0 for one that comes straight from the broker. */
  readonly ageMs: number;
}

/**
 * The date and the age of an answer. Undefined where it has no readable Date, or where a cache has kept it and nobody can tell for how long:
 * then its Date says nothing about now.
 */
export function answerAge(header: HeaderReader): AnswerAge | undefined {
  const datedAt = httpDate(header("date"));
  if (datedAt === undefined) return undefined;
  const age = header("age")?.trim();
  if (age !== undefined)
    return /^\d{1,9}$/.test(age) && !isHit(header) ? { datedAt, ageMs: Number(age) * 1_000 } : undefined;
  return isHit(header) || isStorableByProxy(header) ? undefined : { datedAt, ageMs: 0 };
}

/** A date as servers send it (RFC 9110, section 5.6.7). Date.parse alone would take any text with a number in it, in the host's zone. */
export function httpDate(value: string | undefined): number | undefined {
  const at = /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value?.trim() ?? "")
    ? Date.parse(value ?? "")
    : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

// What caches write: RFC 9211, and the older headers of the large content networks. Some of them give a kept answer a new Date.
function isHit(header: HeaderReader): boolean {
  const marks = ["cache-status", "x-cache", "x-cache-status", "cf-cache-status", "x-varnish-cache", "x-proxy-cache"];
  return marks.some((name) => /\b(?:hit|stale|revalidated|updating)\b/i.test(header(name) ?? ""));
}

// A proxy that says no more than its name may have kept what it was allowed to keep.
function isStorableByProxy(header: HeaderReader): boolean {
  if (header("via") === undefined) return false;
  const control = header("cache-control") ?? "";
  if (/no-store|no-cache|private/i.test(control)) return false;
  return /\bpublic\b|s-maxage=0*[1-9]|max-age=0*[1-9]/i.test(control) || httpDate(header("expires")) !== undefined;
}
