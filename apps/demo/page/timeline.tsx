import { type CSSProperties, useLayoutEffect, useRef, useState } from "react";
import type { DeskView, Happening, SessionSpan } from "../src/desk/desk-view.ts";
import { minuteOf, momentOf, timeOf } from "../src/india-time.ts";
import { minuteMs } from "../src/strategy/day-plan.ts";
import { Happenings, kinds } from "./happenings.tsx";
import { Icon } from "./icon.tsx";
import { Panel } from "./panel.tsx";
import { useDesk } from "./use-desk.ts";

/** Where a moment lies on the track: 0 at its start, 1 at its end. */
type Scale = (moment: number) => number;

const hourMs = 60 * minuteMs;
// In pixels: a picture and a number.
const markWidth = 30;

/** The trading day: each session's life in a lane of its account, and what happened to it. */
export function Timeline() {
  const desk = useDesk();
  const { now, accounts, spans, happenings } = desk;
  const { opensAt, closesAt } = desk.market.day;
  const tracks = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  useLayoutEffect(() => {
    if (tracks.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 900));
    observer.observe(tracks.current);
    return () => observer.disconnect();
  }, []);
  const [from, until] = dayRange(desk);
  const at: Scale = (moment) => (moment - from) / (until - from);
  const inside = (moment: number): boolean => moment >= from && moment <= until;
  const edges = [opensAt, closesAt].filter(inside);
  return (
    <Panel id="timeline" title="Trading day">
      <div className="timeline">
        <div className="tracks" ref={tracks}>
          <div className="hours" aria-hidden="true">
            {edges.map((edge) => (
              <span key={edge} className="edge" style={{ left: percent(at(edge)) }}>
                {minuteOf(edge)} {edge === opensAt ? "opens" : "closes"}
              </span>
            ))}
            {ticks(from, until).map((tick) => (
              <span key={tick} className={at(tick) > 0.97 ? "tick end" : "tick"} style={{ left: percent(at(tick)) }}>
                {minuteOf(tick)}
              </span>
            ))}
          </div>
          {[...accounts.map(({ name }) => name), undefined].map((name) => (
            <div key={name ?? ""} className="lane">
              <h3>{name ?? "desk"}</h3>
              <ul className="track">
                <li className="market" style={across(opensAt, closesAt, at)} aria-hidden="true" />
                {spans
                  .filter((span) => span.account === name && span.from <= until && endOf(span) >= from)
                  .map((span) => (
                    <Session key={span.generation} span={span} now={now} at={at} width={width} />
                  ))}
                {clustered(
                  happenings.filter((one) => one.account === name && inside(one.at)),
                  (markWidth / width) * (until - from),
                ).map((cluster) => (
                  <Mark key={cluster[0].id} cluster={cluster} at={at} />
                ))}
              </ul>
            </div>
          ))}
          <div
            className="now"
            style={{ left: `calc(var(--names) + (100% - var(--names)) * ${at(now)})` }}
            aria-hidden="true"
          >
            <span>{minuteOf(now)}</span>
          </div>
        </div>
        <Legend />
      </div>
      <Happenings />
    </Panel>
  );
}

/** @param width of the whole track, in pixels */
function Session({ span, now, at, width }: { span: SessionSpan; now: number; at: Scale; width: number }) {
  const { number, by, from, expiresAt } = span;
  const over = endOf(span) <= now;
  const lived = Math.min(now, endOf(span));
  // A number that does not fit says nothing, or something else: 1 for 12.
  const fits = (at(lived) - Math.max(0, at(from))) * width > 8 * (String(number).length + 1);
  const how = { renewal: "renewed", login: "logged in", store: "adopted" }[by];
  const end = over ? `ended at ${timeOf(endOf(span))}` : `good until ${timeOf(expiresAt)}`;
  const text = `Session ${number}, ${how} at ${timeOf(from)}, ${end}`;
  return (
    <li className="session" data-over={over} title={text}>
      <span className="lived" style={across(from, lived, at)} aria-hidden="true">
        {fits && number}
      </span>
      {!over && (
        <span className="ahead" style={across(now, expiresAt, at)} aria-hidden="true">
          {(Math.min(1, at(expiresAt)) - at(now)) * width > 80 && (
            <span className="until">until {momentOf(expiresAt, now)}</span>
          )}
        </span>
      )}
      <span className="unseen">{text}</span>
    </li>
  );
}

type Cluster = [Happening, ...Happening[]];

function Mark({ cluster, at }: { cluster: Cluster; at: Scale }) {
  const strength = Object.keys(kinds);
  const [kind] = cluster.map((one) => one.kind).toSorted((a, b) => strength.indexOf(a) - strength.indexOf(b));
  const { tone, icon } = kinds[kind ?? cluster[0].kind];
  const text = cluster.map((one) => `${timeOf(one.at)} ${one.text}`).join("\n");
  return (
    <li className="mark" data-tone={tone} style={{ left: percent(at(cluster[0].at)) }} title={text}>
      <Icon name={icon} />
      {cluster.length > 1 && <span className="count">{cluster.length}</span>}
      <span className="unseen">{text}</span>
    </li>
  );
}

function Legend() {
  const areas = { lived: "session so far", ahead: "still good", market: "market open" };
  return (
    <ul className="legend" aria-hidden="true">
      {Object.entries(areas).map(([name, text]) => (
        <li key={name}>
          <span className={`swatch ${name}`} /> {text}
        </li>
      ))}
      {Object.values(kinds)
        .filter(({ legend }) => legend !== undefined)
        .map(({ tone, icon, legend }) => (
          <li key={legend}>
            <span className="mark" data-tone={tone}>
              <Icon name={icon} />
            </span>{" "}
            {legend}
          </li>
        ))}
    </ul>
  );
}

/** Full hours, from the morning to the last session's end, at most the day. */
function dayRange({ now, market: { day }, spans, happenings }: DeskView): readonly [from: number, until: number] {
  const { startsAt, opensAt, closesAt } = day;
  const ends = startsAt + 24 * hourMs;
  const today = (moment: number): boolean => moment >= startsAt && moment <= ends;
  const starts = [...spans.map(({ from }) => from), ...happenings.map(({ at }) => at)].filter(today);
  const stops = spans.map(({ expiresAt }) => Math.min(expiresAt, ends)).filter(today);
  const first = Math.min(opensAt, now, ...starts) - 20 * minuteMs - startsAt;
  const last = Math.max(closesAt, now, ...stops) + 20 * minuteMs - startsAt;
  const hour = (moment: number): number => Math.min(ends, Math.max(startsAt, moment * hourMs + startsAt));
  return [hour(Math.floor(first / hourMs)), hour(Math.ceil(last / hourMs))];
}

/** Where the times of day are written: every hour or every other one, counted from midnight in India. */
function ticks(from: number, until: number): number[] {
  const every = until - from > 10 * hourMs ? 2 * hourMs : hourMs;
  const first = Math.ceil((from + 5.5 * hourMs) / every) * every - 5.5 * hourMs;
  return Array.from({ length: Math.floor((until - first) / every) + 1 }, (_, index) => first + index * every);
}

/** Happenings that would lie on each other are one mark. */
function clustered(marks: readonly Happening[], tooCloseMs: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const mark of marks) {
    const last = clusters.at(-1);
    if (last !== undefined && mark.at - last[0].at < tooCloseMs) last.push(mark);
    else clusters.push([mark]);
  }
  return clusters;
}

function endOf({ endedAt, expiresAt }: SessionSpan): number {
  return Math.min(endedAt ?? expiresAt, expiresAt);
}

function across(from: number, until: number, at: Scale): CSSProperties {
  const [left, right] = [Math.max(0, Math.min(1, at(from))), Math.max(0, Math.min(1, at(until)))];
  return { left: percent(left), width: percent(Math.max(0, right - left)) };
}

function percent(share: number): string {
  return `${share * 100}%`;
}
