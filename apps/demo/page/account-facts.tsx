import type { ReactNode } from "react";
import type { AccountView } from "../src/desk/desk-view.ts";
import { minuteOf, spanOf, timeOf } from "./india-time.ts";

/** What is known of an account's session. @param logins sessions that the broker has minted, where that can be counted */
export function AccountFacts({ account, logins }: { account: AccountView; logins: number | undefined }) {
  const { name, state, session, sharedWith, clockOffsetMs = 0 } = account;
  const live = state === "logged_in";
  const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
  return (
    <dl className="facts">
      <Fact name="Session" figure>
        {session === 0 ? "none yet" : session}
      </Fact>
      {live && <Fact name="How">{howOf(account)}</Fact>}
      {live && <Fact name="Shared by">{sharedWith.length > 0 ? sharedWith.join(", ") : "–"}</Fact>}
      {seconds >= 2 && (
        <Fact name="Our clock">
          {seconds} s {clockOffsetMs > 0 ? "slow" : "fast"}, corrected
        </Fact>
      )}
      {logins !== undefined && (
        <Fact name="At the broker" figure logins={name}>
          {logins} {logins === 1 ? "login" : "logins"} counted
        </Fact>
      )}
    </dl>
  );
}

function Fact({
  name,
  figure,
  logins,
  children,
}: {
  name: string;
  figure?: true;
  logins?: string;
  children: ReactNode;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={figure && "figure"} data-logins={logins}>
        {children}
      </dd>
    </div>
  );
}

/** A session's time, running down. */
export function SessionLife({ from, expiresAt, now }: { from: number; expiresAt: number; now: number }) {
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
  if (obtained === undefined || obtained.by === "store") return "adopted from the store";
  const { by, who, from } = obtained;
  return `${by === "login" ? "logged in" : "renewed"} by ${who === "page" ? "this page" : who} at ${timeOf(from)}`;
}
