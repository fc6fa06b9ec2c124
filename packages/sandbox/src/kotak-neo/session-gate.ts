import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import { type Account, type TradeSession, endOf, endSessions, mintSession } from "./account-state.ts";
import type { KotakNeoBroker } from "./broker.ts";
import { type StepContext, refused } from "./step.ts";
import type { KotakNeoScenarioName } from "./scenarios.ts";
import { type SessionRefusalForm, readSessionRefusalForm, sessionRefusal } from "./session-refusal.ts";

export interface Admitted {
  readonly account: Account;
  readonly session: TradeSession;
}

export interface Rejected {
  /** For the journal only; the client cannot tell these apart. */
  readonly reason: string;
  readonly form: SessionRefusalForm | undefined;
}

/** Lets the trade token and the trade sid of one living session pass; everything else gets the same answer (reference section 12 rule 6). */
export function admit(broker: KotakNeoBroker, context: StepContext): Admitted | Reply {
  const { auth = "", sid = "" } = context.request.headers;
  const checked = checkPair(broker, context, auth, sid);
  return "reason" in checked
    ? refused(context, checked.reason, sessionRefusal(checked.form, broker.look.style))
    : checked;
}

/** The same for a pair that came in a frame. */
export function checkPair(
  broker: KotakNeoBroker,
  context: StepContext,
  token: string,
  sid: string,
): Admitted | Rejected {
  const account = broker.accounts.find(({ state }) => state.sessions.some((one) => one.token === token));
  const found = (): TradeSession | undefined => account?.state.sessions.find((one) => one.token === token);
  const presented = found();
  if (account === undefined || presented === undefined) {
    const isView = broker.accounts.some(({ state }) => state.viewPairs.some((pair) => pair.token === token));
    return { reason: isView ? "view-token" : "unknown-session", form: undefined };
  }
  context.request.entry.tell({ account: account.customer.name });
  if (presented.sid !== sid) return { reason: "mixed-pair", form: undefined };
  if (endOf(presented, broker.now()) === undefined) play(broker, context, account, token);
  const session = found() ?? presented;
  const end = endOf(session, broker.now());
  return end === undefined ? { account, session } : { reason: `session-${end}`, form: session.refusedAs };
}

/** The scenarios that end a living session just before it is used. */
function play(broker: KotakNeoBroker, context: StepContext, account: Account, token: string): void {
  // By the session's account: a frame has no headers by which the context could have been traced.
  const take = (name: KotakNeoScenarioName): Scenario | undefined =>
    broker.scenarios.take(account.customer.name, name, context.step);
  const expired = take("session-expired");
  if (expired !== undefined) endSessions(account, broker.now(), "expired", { token, ...formOf(expired) });
  const replaced = expired === undefined ? take("session-replaced") : undefined;
  if (replaced === undefined) return;
  endSessions(account, broker.now(), "replaced", { token, ...formOf(replaced) });
  loginElsewhere(account, broker.now(), true);
}

/** Somebody logs in on another device, at an address of its own (RFC 5737); all factors are taken as right. */
export function loginElsewhere(account: Account, now: number, endOthers: boolean): TradeSession {
  return mintSession(account, now, { address: "198.51.100.77", endOthers });
}

function formOf(scenario: Scenario): { refusedAs?: SessionRefusalForm } {
  const form = readSessionRefusalForm(scenario["form"]);
  return form === undefined ? {} : { refusedAs: form };
}
