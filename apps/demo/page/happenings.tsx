import type { HappeningKind } from "../src/desk/desk-view.ts";
import { dayName, timeOf } from "../src/india-time.ts";
import { Icon, type IconName } from "./icon.tsx";
import { useDesk } from "./use-desk.ts";

interface Kind {
  readonly icon: IconName;
  readonly tone: string;
  /** In the legend; those without are part of another one. */
  readonly legend?: string;
}

/** How each kind looks. Of several at one place the first of these is shown. */
export const kinds: Readonly<Record<HappeningKind, Kind>> = {
  failed: { icon: "trouble", tone: "bad", legend: "named error" },
  scenario: { icon: "bolt", tone: "accent", legend: "scenario" },
  session_ended: { icon: "cross", tone: "warn", legend: "ended" },
  warning: { icon: "question", tone: "warn", legend: "warning" },
  session: { icon: "key", tone: "good", legend: "login or renewal" },
  challenge: { icon: "pending", tone: "warn", legend: "waits for a person" },
  recovered: { icon: "live", tone: "good", legend: "answered again, unlocked" },
  unlocked: { icon: "live", tone: "good" },
  clock: { icon: "expired", tone: "quiet", legend: "clock moved" },
  configuration: { icon: "step", tone: "quiet", legend: "configuration" },
  process: { icon: "gear", tone: "quiet", legend: "process" },
  adopted: { icon: "share", tone: "quiet", legend: "taken over" },
};

/** All that happened, newest first: what the timeline draws, to be read. */
export function Happenings() {
  const { happenings, now } = useDesk();
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
              <span className="mark" data-tone={kinds[kind].tone}>
                <Icon name={kinds[kind].icon} />
              </span>
              <span>
                {account !== undefined && <strong>{account} </strong>}
                {text}
                {times > 1 && <span className="times"> {times} times</span>}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
