import type { ReactElement } from "react";
import type { Happening } from "../src/desk/desk-view.ts";
import { Icon, type IconName } from "./icon.tsx";
import { dayName, timeOf } from "./india-time.ts";

/** All that happened, newest first: what the timeline draws, to be read. */
export function Happenings({
  happenings,
  now,
}: {
  readonly happenings: readonly Happening[];
  readonly now: number;
}): ReactElement {
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
                <span className="day">{dayName(at, now)}</span>
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

/** Which of several happenings at one place is shown. */
export const weights: Readonly<Record<Happening["kind"], number>> = {
  failed: 9,
  recovered: 4,
  scenario: 8,
  clock: 3,
  ended: 7,
  warning: 6,
  session: 5,
  challenge: 4,
  unlocked: 3,
  configuration: 3,
  process: 2,
  adopted: 1,
};

export function toneOf(kind: Happening["kind"] | undefined): string {
  if (kind === "failed") return "bad";
  if (kind === "ended" || kind === "warning" || kind === "challenge") return "warn";
  return kind === "session" || kind === "recovered" || kind === "unlocked"
    ? "good"
    : kind === "scenario"
      ? "accent"
      : "quiet";
}

export function iconOf(kind: Happening["kind"] | undefined): IconName {
  const icons: Readonly<Record<Happening["kind"], IconName>> = {
    session: "key",
    adopted: "share",
    ended: "cross",
    challenge: "pending",
    failed: "trouble",
    warning: "question",
    unlocked: "live",
    recovered: "live",
    process: "gear",
    scenario: "bolt",
    clock: "expired",
    configuration: "step",
  };
  return icons[kind ?? "process"];
}
