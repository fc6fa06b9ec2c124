import { type BrokerAuthEvent, formatIndiaTime } from "@x/core";

const waits = {
  totp_step: "the login waits for the next TOTP step",
  midnight: "the login waits for midnight at the broker",
  other_login: "the login waits for another one of this account",
  code_source: "the login waits for the source of the code",
  retry_after: "the broker asked for a pause",
} satisfies Record<Extract<BrokerAuthEvent, { readonly type: "waiting" }>["for"], string>;

const asked = {
  otp: "the code that was texted",
  totp: "the code of the authenticator app",
  mpin: "the MPIN",
  redirect: "a person at the broker's page",
} satisfies Record<Extract<BrokerAuthEvent, { readonly type: "challenge" }>["challenge"], string>;

/** What happened, for people. @param session what the session is called, where it has a number */
export function eventText(event: BrokerAuthEvent, session = "session"): string {
  switch (event.type) {
    case "session":
      return `${session} by ${event.obtainedBy}, until ${formatIndiaTime(event.expiresAt)}`;
    case "session_ended":
      return `${session} ended: ${event.reason === "refused" ? "the broker refused it" : "logged out"}`;
    case "login_started":
      return `a ${event.by} begins`;
    case "waiting":
      return `${waits[event.for]}${event.until === undefined ? "" : `, until ${formatIndiaTime(event.until)}`}`;
    case "challenge":
      return `the login waits for ${asked[event.challenge]}`;
    case "failed":
      return `${event.code}: ${event.message}`;
    case "warning":
      return event.message;
    case "unlocked":
      return "unlocked by a person: the next login may be tried";
  }
}

const sameWarningMs = 60_000;

/** Tells of each event whether it is more than a warning told before: every process measures the same clock, each time it opens its engine. */
export function warningNews(): (event: BrokerAuthEvent) => boolean {
  const told = new Map<string, { readonly at: number; readonly message: string }>();
  return (event) => {
    if (event.type !== "warning") return true;
    const { at, account, code, message } = event;
    const last = told.get(`${account} ${code}`);
    if (last !== undefined && (last.message === message || at - last.at < sameWarningMs)) return false;
    told.set(`${account} ${code}`, { at, message });
    return true;
  };
}
