import type { ReactNode } from "react";
import type { AccountView } from "../src/desk/desk-view.ts";
import { countdown, minuteOf, timeOf } from "../src/india-time.ts";
import { useDesk } from "./use-desk.ts";

/** What is known of an account's session. */
export function AccountFacts({ account }: { account: AccountView }) {
  const { name, state, session, obtained, clockOffsetMs = 0 } = account;
  const live = state === "logged_in";
  const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
  // Sessions that the broker has minted, where that can be counted.
  const logins = useDesk().sandbox?.logins[name];
  return (
    <dl className="facts">
      {fact("Session", session === 0 ? "none yet" : session, "figure")}
      {live && fact("How", howOf(account))}
      {live && fact("Shared by", obtained?.sharedWith.join(", ") ?? "–")}
      {seconds >= 2 && fact("Our clock", `${seconds} s ${clockOffsetMs > 0 ? "slow" : "fast"}, corrected`)}
      {logins !== undefined &&
        fact("At the broker", `${logins} ${logins === 1 ? "login" : "logins"} counted`, "figure")}
    </dl>
  );
}

function fact(term: string, told: ReactNode, className = "") {
  return (
    <div>
      <dt>{term}</dt>
      <dd className={className}>{told}</dd>
    </div>
  );
}

/** A session's time, running down. */
export function SessionLife({ account: { expiresAt = 0, obtained } }: { account: AccountView }) {
  const { now } = useDesk();
  const left = Math.max(0, Math.min(1, (expiresAt - now) / Math.max(1, expiresAt - (obtained?.from ?? now))));
  return (
    <div className="life">
      <p>
        <span className="countdown">{countdown(expiresAt - now)}</span> left, until{" "}
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
