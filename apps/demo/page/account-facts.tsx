import type { ReactElement } from "react";
import type { AccountView } from "../src/desk/desk-view.ts";
import { minuteOf, spanOf, timeOf } from "./india-time.ts";

interface AccountFactsProps {
  readonly account: AccountView;
  /** Sessions that the broker has minted, where that can be counted. */
  readonly logins: number | undefined;
}

/** What is known of an account's session. */
export function AccountFacts({ account, logins }: AccountFactsProps): ReactElement {
  const live = account.state === "logged_in";
  const { session, sharedWith, clockOffsetMs } = account;
  return (
    <dl className="facts">
      <div>
        <dt>Session</dt>
        <dd className="figure">{session === 0 ? "none yet" : session}</dd>
      </div>
      {live ? (
        <>
          <div>
            <dt>How</dt>
            <dd>{howOf(account)}</dd>
          </div>
          <div>
            <dt>Shared by</dt>
            <dd>{sharedWith.length > 0 ? sharedWith.join(", ") : "–"}</dd>
          </div>
        </>
      ) : null}
      {clockOffsetMs === undefined || Math.abs(clockOffsetMs) < 2000 ? null : (
        <div>
          <dt>Our clock</dt>
          <dd>{clockOf(clockOffsetMs)}, corrected</dd>
        </div>
      )}
      {logins === undefined ? null : (
        <div>
          <dt>At the broker</dt>
          <dd className="figure" data-logins={account.name}>
            {logins} {logins === 1 ? "login" : "logins"} counted
          </dd>
        </div>
      )}
    </dl>
  );
}

interface SessionLifeProps {
  readonly from: number;
  readonly expiresAt: number;
  readonly now: number;
}

/** A session's time, running down. */
export function SessionLife({ from, expiresAt, now }: SessionLifeProps): ReactElement {
  const left = Math.max(0, Math.min(1, (expiresAt - now) / Math.max(1, expiresAt - from)));
  return (
    <div className="life">
      <p>
        <span className="countdown">{spanOf(expiresAt - now)}</span> left, until{" "}
        <time dateTime={new Date(expiresAt).toISOString()}>{minuteOf(expiresAt)} IST</time>
      </p>
      <div className="meter" aria-hidden="true">
        <span style={{ width: `${left * 100}%` }} />
      </div>
    </div>
  );
}

function howOf({ obtained }: AccountView): string {
  if (obtained === undefined) return "adopted from the store";
  const { by, who, at } = obtained;
  if (by === "store") return "adopted from the store";
  return `${by === "login" ? "logged in" : "renewed"} by ${who === "page" ? "this page" : who} at ${timeOf(at)}`;
}

function clockOf(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return `${seconds} s ${offsetMs > 0 ? "slow" : "fast"}`;
}
