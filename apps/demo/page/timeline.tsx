import { type CSSProperties, type ReactElement, useState } from "react";
import type { AccountView, Happening, MarketView, SessionSpan } from "../src/desk/desk-view.ts";
import { Icon, type IconName } from "./icon.tsx";
import { minuteOf, timeOf } from "./india-time.ts";

interface TimelineProps {
  readonly now: number;
  readonly market: MarketView;
  readonly accounts: readonly AccountView[];
  readonly spans: readonly SessionSpan[];
  readonly happenings: readonly Happening[];
}

interface Range {
  readonly from: number;
  readonly until: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
// Marks that are closer together than this share of the width would lie on each other.
const tooClose = 0.022;

/** The trading day: each session's life in a lane of its account, and what happened to it. */
export function Timeline({ now, market, accounts, spans, happenings }: TimelineProps): ReactElement {
  const [whole, setWhole] = useState(true);
  const range = whole ? dayRange(market, spans, happenings, now) : { from: now - 14 * minuteMs, until: now + minuteMs };
  const at = (moment: number): number => (moment - range.from) / (range.until - range.from);
  const inside = ({ at: moment }: Happening): boolean => moment >= range.from && moment <= range.until;
  const lanes = [
    ...accounts.map(({ name }) => ({ name, title: name, marks: happenings.filter((one) => one.account === name) })),
    { name: undefined, title: "desk", marks: happenings.filter((one) => one.account === undefined) },
  ];
  return (
    <section className="panel" aria-labelledby="timeline">
      <header className="panel-head">
        <h2 id="timeline">Trading day</h2>
        <fieldset className="switch">
          <legend className="unseen">Shown on the timeline</legend>
          {[true, false].map((choice) => (
            <label key={String(choice)}>
              <input type="radio" name="range" checked={whole === choice} onChange={() => setWhole(choice)} />
              <span>{choice ? "Whole day" : "Last 15 minutes"}</span>
            </label>
          ))}
        </fieldset>
      </header>
      <div className="timeline">
        <div className="tracks">
          <div className="hours" aria-hidden="true">
            <Market market={market} range={range} at={at} />
            {ticks(range).map((tick) => (
              <span key={tick} className={at(tick) > 0.97 ? "tick last" : "tick"} style={{ left: percent(at(tick)) }}>
                {minuteOf(tick)}
              </span>
            ))}
          </div>
          {lanes.map(({ name, title, marks }) => (
            <div key={title} className="lane">
              <h3>{title}</h3>
              <ul className="track">
                <li className="market" style={across(market.day.opensAt, market.day.closesAt, at)} aria-hidden="true" />
                {spans
                  .filter((span) => span.account === name && span.from <= range.until && endOf(span) >= range.from)
                  .map((span) => (
                    <Session key={span.generation} span={span} now={now} at={at} />
                  ))}
                {clustered(marks.filter(inside), at).map((cluster) => (
                  <Mark key={cluster[0]?.id} cluster={cluster} at={at} />
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
      <Happenings happenings={happenings} />
    </section>
  );
}

function Market({
  market: { day },
  range,
  at,
}: {
  market: MarketView;
  range: Range;
  at: (moment: number) => number;
}): ReactElement {
  const marks = [
    { moment: day.opensAt, text: "09:15 opens" },
    { moment: day.closesAt, text: "15:30 closes" },
  ];
  return (
    <>
      {marks
        .filter(({ moment }) => moment >= range.from && moment <= range.until)
        .map(({ moment, text }) => (
          <span key={text} className="edge" style={{ left: percent(at(moment)) }}>
            {text}
          </span>
        ))}
    </>
  );
}

function Session({ span, now, at }: { span: SessionSpan; now: number; at: (moment: number) => number }): ReactElement {
  const over = endOf(span) <= now;
  const lived = Math.min(now, endOf(span));
  const text = `Session ${span.generation}, ${span.by === "renewal" ? "renewed" : span.by === "login" ? "logged in" : "adopted"} at ${timeOf(span.from)}, ${over ? `ended at ${timeOf(endOf(span))}` : `good until ${timeOf(span.expiresAt)}`}`;
  return (
    <li className="session" data-over={over} title={text}>
      <span className="lived" style={across(span.from, lived, at)} aria-hidden="true">
        {span.generation}
      </span>
      {over ? null : <span className="ahead" style={across(now, span.expiresAt, at)} aria-hidden="true" />}
      <span className="unseen">{text}</span>
    </li>
  );
}

function Mark({ cluster, at }: { cluster: readonly Happening[]; at: (moment: number) => number }): ReactElement {
  const [first] = cluster;
  const strongest = cluster.toSorted((left, right) => weights[right.kind] - weights[left.kind])[0] ?? first;
  const text = cluster.map((one) => `${timeOf(one.at)} ${one.text}`).join("\n");
  return (
    <li className="mark" data-tone={toneOf(strongest?.kind)} style={{ left: percent(at(first?.at ?? 0)) }} title={text}>
      <Icon name={iconOf(strongest?.kind)} />
      {cluster.length > 1 ? <span className="count">{cluster.length}</span> : null}
      <span className="unseen">{text}</span>
    </li>
  );
}

function Legend(): ReactElement {
  const entries: readonly (readonly [Happening["kind"], string])[] = [
    ["session", "login or renewal"],
    ["adopted", "taken over"],
    ["ended", "ended"],
    ["failed", "named error"],
    ["warning", "warning"],
    ["accident", "accident"],
    ["process", "process"],
  ];
  return (
    <ul className="legend" aria-hidden="true">
      <li>
        <span className="swatch lived" /> session so far
      </li>
      <li>
        <span className="swatch ahead" /> still good
      </li>
      <li>
        <span className="swatch market" /> market open
      </li>
      {entries.map(([kind, text]) => (
        <li key={kind}>
          <span className="mark" data-tone={toneOf(kind)}>
            <Icon name={iconOf(kind)} />
          </span>{" "}
          {text}
        </li>
      ))}
    </ul>
  );
}

function Happenings({ happenings }: { readonly happenings: readonly Happening[] }): ReactElement {
  return (
    <>
      <h3 className="list-head" id="happenings">
        What happened
      </h3>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="happenings">
        <ol className="happenings">
          {happenings.toReversed().map(({ id, at, account, kind, text, times }) => (
            <li key={id}>
              <time className="figure" dateTime={new Date(at).toISOString()}>
                {timeOf(at)}
              </time>
              <span className="mark" data-tone={toneOf(kind)}>
                <Icon name={iconOf(kind)} />
              </span>
              <span>
                {account === undefined ? null : <strong>{account} </strong>}
                {text}
                {times > 1 ? <span className="times"> {times} times</span> : null}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}

/** From the morning to the last session's end, at most the day. */
function dayRange(
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

function ticks({ from, until }: Range): number[] {
  const hours = (until - from) / hourMs;
  const every = hours > 10 ? 2 * hourMs : hours > 1 ? hourMs : 5 * minuteMs;
  // Full hours in India are half hours elsewhere.
  const first = Math.ceil((from + 5.5 * hourMs) / every) * every - 5.5 * hourMs;
  return Array.from({ length: Math.floor((until - first) / every) + 1 }, (_, index) => first + index * every);
}

function clustered(marks: readonly Happening[], at: (moment: number) => number): Happening[][] {
  const clusters: Happening[][] = [];
  for (const mark of marks) {
    const last = clusters.at(-1);
    if (last !== undefined && at(mark.at) - at(last[0]?.at ?? 0) < tooClose) last.push(mark);
    else clusters.push([mark]);
  }
  return clusters;
}

function endOf({ endedAt, expiresAt }: SessionSpan): number {
  return Math.min(endedAt ?? expiresAt, expiresAt);
}

function across(from: number, until: number, at: (moment: number) => number): CSSProperties {
  const [left, right] = [Math.max(0, Math.min(1, at(from))), Math.max(0, Math.min(1, at(until)))];
  return { left: percent(left), width: percent(Math.max(0, right - left)) };
}

function percent(share: number): string {
  return `${share * 100}%`;
}

const weights: Readonly<Record<Happening["kind"], number>> = {
  failed: 9,
  accident: 8,
  ended: 7,
  warning: 6,
  session: 5,
  challenge: 4,
  unlocked: 3,
  configuration: 3,
  process: 2,
  adopted: 1,
};

function toneOf(kind: Happening["kind"] | undefined): string {
  if (kind === "failed") return "bad";
  if (kind === "ended" || kind === "warning" || kind === "challenge") return "warn";
  return kind === "session" || kind === "unlocked" ? "good" : kind === "accident" ? "accent" : "quiet";
}

function iconOf(kind: Happening["kind"] | undefined): IconName {
  const icons: Readonly<Record<Happening["kind"], IconName>> = {
    session: "key",
    adopted: "share",
    ended: "cross",
    challenge: "pending",
    failed: "trouble",
    warning: "question",
    unlocked: "live",
    process: "gear",
    accident: "bolt",
    configuration: "step",
  };
  return icons[kind ?? "process"];
}
