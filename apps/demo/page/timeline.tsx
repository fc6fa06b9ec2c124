import { type CSSProperties, type ReactElement, useState } from "react";
import type { AccountView, Happening, MarketView, SessionSpan } from "../src/desk/desk-view.ts";
import { Happenings, iconOf, toneOf, weights } from "./happenings.tsx";
import { Icon } from "./icon.tsx";
import { minuteOf, timeOf } from "./india-time.ts";
import { useWidth } from "./use-width.ts";
import { clustered, dayRange, type Range, recentRange, ticks } from "./timeline-range.ts";

// In pixels: a picture and a number.
const markWidth = 30;

interface TimelineProps {
  readonly now: number;
  readonly market: MarketView;
  readonly accounts: readonly AccountView[];
  readonly spans: readonly SessionSpan[];
  readonly happenings: readonly Happening[];
}

/** The trading day: each session's life in a lane of its account, and what happened to it. */
export function Timeline({ now, market, accounts, spans, happenings }: TimelineProps): ReactElement {
  const [whole, setWhole] = useState(true);
  const [tracks, width] = useWidth();
  const range = whole ? dayRange(market, spans, happenings, now) : recentRange(now);
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
        <div className="tracks" ref={tracks}>
          <div className="hours" aria-hidden="true">
            <Market market={market} range={range} at={at} />
            {ticks(range).map((tick) => (
              <span key={tick} className={at(tick) > 0.97 ? "tick end" : "tick"} style={{ left: percent(at(tick)) }}>
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
                    <Session key={span.generation} span={span} now={now} at={at} width={width} />
                  ))}
                {clustered(marks.filter(inside), at, markWidth / width).map((cluster) => (
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
      <Happenings happenings={happenings} now={now} />
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

interface SessionProps {
  readonly span: SessionSpan;
  readonly now: number;
  readonly at: (moment: number) => number;
  /** Of the whole track, in pixels. */
  readonly width: number;
}

function Session({ span, now, at, width }: SessionProps): ReactElement {
  const over = endOf(span) <= now;
  const lived = Math.min(now, endOf(span));
  // A number that does not fit says nothing, or something else: 1 for 12.
  const fits = (at(lived) - Math.max(0, at(span.from))) * width > 8 * (String(span.number).length + 1);
  const text = `Session ${span.number}, ${span.by === "renewal" ? "renewed" : span.by === "login" ? "logged in" : "adopted"} at ${timeOf(span.from)}, ${over ? `ended at ${timeOf(endOf(span))}` : `good until ${timeOf(span.expiresAt)}`}`;
  return (
    <li className="session" data-over={over} title={text}>
      <span className="lived" style={across(span.from, lived, at)} aria-hidden="true">
        {fits ? span.number : ""}
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
    ["challenge", "waits for a person"],
    ["failed", "named error"],
    ["recovered", "answered again, unlocked"],
    ["warning", "warning"],
    ["scenario", "scenario"],
    ["clock", "clock moved"],
    ["configuration", "configuration"],
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
