// India Standard Time is UTC+05:30 all year, so no time zone data is needed and the host's zone never matters.
const offsetMs = 5.5 * 3_600_000;
const dayMs = 86_400_000;

/**
 * The first moment after `now` at which it is this time of day in India. Epoch milliseconds in and out; default midnight. NaN where `now` is no
 * time at all: what is compared with that, has ended.
 */
export function nextIndiaTime(
  now: number,
  at: { readonly hour: number; readonly minute: number } = { hour: 0, minute: 0 },
): number {
  const shift = offsetMs - (at.hour * 60 + at.minute) * 60_000;
  if (!Number.isFinite(now)) return Number.NaN;
  return (Math.floor((now + shift) / dayMs) + 1) * dayMs - shift;
}

/** `2031-03-02 10:00:00 IST`, for people; `unknown time` for what is no time, or none of the years 0 to 9999. */
export function formatIndiaTime(epochMs: number): string {
  const shown = new Date(epochMs + offsetMs);
  const year = shown.getUTCFullYear();
  return year >= 0 && year <= 9999 ? `${shown.toISOString().slice(0, 19).replace("T", " ")} IST` : "unknown time";
}
