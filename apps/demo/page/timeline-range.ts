import type { DeskView, Happening } from "../src/desk/desk-view.ts";

/** A stretch of time, epoch milliseconds. */
export interface Range {
  readonly from: number;
  readonly until: number;
}

/** Where a moment lies in a range: 0 at its start, 1 at its end. */
export type Scale = (moment: number) => number;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** From the morning to the last session's end, at most the day. */
export function dayRange({ market: { day }, spans, happenings }: DeskView, now: number): Range {
  const { startsAt } = day;
  const ends = startsAt + 24 * hourMs;
  const today = (moment: number): boolean => moment >= startsAt && moment <= ends;
  const starts = [...spans.map(({ from }) => from), ...happenings.map(({ at }) => at)].filter(today);
  const stops = spans.map(({ expiresAt }) => Math.min(expiresAt, ends)).filter(today);
  const first = Math.min(day.opensAt, now, ...starts) - 20 * minuteMs - startsAt;
  const last = Math.max(day.closesAt, now, ...stops) + 20 * minuteMs - startsAt;
  const from = Math.max(startsAt, Math.floor(first / hourMs) * hourMs + startsAt);
  return { from, until: Math.min(ends, Math.ceil(last / hourMs) * hourMs + startsAt) };
}

/** Where the times of day are written. */
export function ticks({ from, until }: Range): number[] {
  const hours = (until - from) / hourMs;
  const every = hours > 10 ? 2 * hourMs : hourMs;
  // Full hours in India are half hours elsewhere.
  const first = Math.ceil((from + 5.5 * hourMs) / every) * every - 5.5 * hourMs;
  return Array.from({ length: Math.floor((until - first) / every) + 1 }, (_, index) => first + index * every);
}

/** Happenings that would lie on each other are one mark: those closer together than this share of the width. */
export function clustered(marks: readonly Happening[], at: Scale, tooClose: number): [Happening, ...Happening[]][] {
  const clusters: [Happening, ...Happening[]][] = [];
  for (const mark of marks) {
    const last = clusters.at(-1);
    if (last !== undefined && at(mark.at) - at(last[0].at) < tooClose) last.push(mark);
    else clusters.push([mark]);
  }
  return clusters;
}
