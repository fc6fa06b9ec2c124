import { type CSSProperties, useLayoutEffect, useRef, useState } from "react";
import type { DeskView, Happening, SessionSpan } from "../src/desk/desk-view.ts";
import { Happenings, kinds } from "./happenings.tsx";
import { Icon } from "./icon.tsx";
import { dayName, minuteOf, timeOf } from "./india-time.ts";
import { Panel } from "./panel.tsx";
import { clustered, dayRange, type Scale, ticks } from "./timeline-range.ts";

// In pixels: a picture and a number.
const markWidth = 30;

/** The trading day: each session's life in a lane of its account, and what happened to it. */
export function Timeline({ view, now }: { view: DeskView; now: number }) {
  const { market, accounts, spans, happenings } = view;
  const tracks = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  useLayoutEffect(() => {
    if (tracks.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 900));
    observer.observe(tracks.current);
    return () => observer.disconnect();
  }, []);
  const range = dayRange(view, now);
  const { from, until } = range;
  const at: Scale = (moment) => (moment - from) / (until - from);
  const inside = (moment: number): boolean => moment >= from && moment <= until;
  const edges = [
    [market.day.opensAt, "09:15 opens"],
    [market.day.closesAt, "15:30 closes"],
  ] as const;
  return (
    <Panel id="timeline" title="Trading day">
      <div className="timeline">
        <div className="tracks" ref={tracks}>
          <div className="hours" aria-hidden="true">
            {edges
              .filter(([moment]) => inside(moment))
              .map(([moment, text]) => (
                <span key={text} className="edge" style={{ left: percent(at(moment)) }}>
                  {text}
                </span>
              ))}
            {ticks(range).map((tick) => (
              <span key={tick} className={at(tick) > 0.97 ? "tick end" : "tick"} style={{ left: percent(at(tick)) }}>
                {minuteOf(tick)}
              </span>
            ))}
          </div>
          {[...accounts.map(({ name }) => name), undefined].map((name) => (
            <div key={name ?? ""} className="lane">
              <h3>{name ?? "desk"}</h3>
              <ul className="track">
                <li className="market" style={across(market.day.opensAt, market.day.closesAt, at)} aria-hidden="true" />
                {spans
                  .filter((span) => span.account === name && span.from <= until && endOf(span) >= from)
                  .map((span) => (
                    <Session key={span.generation} span={span} now={now} at={at} width={width} />
                  ))}
                {clustered(
                  happenings.filter((one) => one.account === name && inside(one.at)),
                  at,
                  markWidth / width,
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
      <Happenings happenings={happenings} now={now} />
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
            <span className="until">
              until {dayName(expiresAt, now)}
              {minuteOf(expiresAt)}
            </span>
          )}
        </span>
      )}
      <span className="unseen">{text}</span>
    </li>
  );
}

function Mark({ cluster, at }: { cluster: readonly [Happening, ...Happening[]]; at: Scale }) {
  const order = Object.keys(kinds);
  const [strongest] = cluster.toSorted((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind));
  const { tone, icon } = kinds[(strongest ?? cluster[0]).kind];
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
