import type { Happening, MarketView, SessionSpan } from "../src/desk/desk-view.ts";

/** A stretch of time, epoch milliseconds. */
export interface Range {
  readonly from: number;
  readonly until: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The last minutes, and a little of what comes. */
export function recentRange(now: number): Range {
  return { from: now - 14 * minuteMs, until: now + minuteMs };
}

/** From the morning to the last session's end, at most the day. */
export function dayRange(
  { day }: MarketView,
  spans: readonly SessionSpan[],
  happenings: readonly Happening[],
  now: number,
): Range {
  const ends = day.startsAt + 24 * hourMs;
  const today = (moment: number): boolean => moment >= day.startsAt && moment <= ends;
  const first = Math.min(
    day.opensAt,
    now,
    ...spans.map(({ from }) => from).filter(today),
    ...happenings.map((one) => one.at).filter(today),
  );
  const last = Math.max(day.closesAt, now, ...spans.map(({ expiresAt }) => Math.min(expiresAt, ends)).filter(today));
  const from = Math.max(
    day.startsAt,
    Math.floor((first - day.startsAt - 20 * minuteMs) / hourMs) * hourMs + day.startsAt,
  );
  const until = Math.min(ends, Math.ceil((last - day.startsAt + 20 * minuteMs) / hourMs) * hourMs + day.startsAt);
  return { from, until };
}

/** Where the times of day are written. */
export function ticks({ from, until }: Range): number[] {
  const hours = (until - from) / hourMs;
  const every = hours > 10 ? 2 * hourMs : hours > 1 ? hourMs : 5 * minuteMs;
  // Full hours in India are half hours elsewhere.
  const first = Math.ceil((from + 5.5 * hourMs) / every) * every - 5.5 * hourMs;
  return Array.from({ length: Math.floor((until - first) / every) + 1 }, (_, index) => first + index * every);
}

/** Happenings that would lie on each other are one mark: those closer together than this share of the width. */
export function clustered(
  marks: readonly Happening[],
  at: (moment: number) => number,
  tooClose: number,
): Happening[][] {
  const clusters: Happening[][] = [];
  for (const mark of marks) {
    const last = clusters.at(-1);
    if (last !== undefined && at(mark.at) - at(last[0]?.at ?? 0) < tooClose) last.push(mark);
    else clusters.push([mark]);
  }
  return clusters;
}
