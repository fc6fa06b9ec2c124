import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import { type Account, type TradeSession, endOf, endSessions, mintSession } from "./account-state.ts";
import { type KotakNeoWorld, type Visit, refused } from "./kotak-neo-world.ts";
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
export function admit(world: KotakNeoWorld, visit: Visit): Admitted | Reply {
  const { auth = "", sid = "" } = visit.request.headers;
  const judged = judgePair(world, visit, auth, sid);
  return "reason" in judged ? refused(visit, judged.reason, sessionRefusal(judged.form, world.look.style)) : judged;
}

/** The same for a pair that came in a frame. */
export function judgePair(world: KotakNeoWorld, visit: Visit, token: string, sid: string): Admitted | Rejected {
  const account = world.accounts.find(({ state }) => state.sessions.some((one) => one.token === token));
  const found = (): TradeSession | undefined => account?.state.sessions.find((one) => one.token === token);
  const presented = found();
  if (account === undefined || presented === undefined) {
    const isView = world.accounts.some(({ state }) => state.viewPairs.some((pair) => pair.token === token));
    return { reason: isView ? "view-token" : "unknown-session", form: undefined };
  }
  visit.request.entry.tell({ account: account.customer.name });
  if (presented.sid !== sid) return { reason: "mixed-pair", form: undefined };
  if (endOf(presented, world.now()) === undefined) play(world, visit, account, token);
  const session = found() ?? presented;
  const end = endOf(session, world.now());
  return end === undefined ? { account, session } : { reason: `session-${end}`, form: session.refusedAs };
}

/** The scenarios that end a living session just before it is used. */
function play(world: KotakNeoWorld, visit: Visit, account: Account, token: string): void {
  // By the session's account: a frame has no headers by which the visit could have been traced.
  const take = (name: string): Scenario | undefined => world.scenarios.take(account.customer.name, name, visit.step);
  const expired = take("session-expired");
  if (expired !== undefined) endSessions(account, world.now(), "expired", { token, ...formOf(expired) });
  const replaced = expired === undefined ? take("session-replaced") : undefined;
  if (replaced === undefined) return;
  endSessions(account, world.now(), "replaced", { token, ...formOf(replaced) });
  loginElsewhere(account, world.now(), true);
}

/** Somebody logs in on another device, at an address of its own (RFC 5737); all factors are taken as right. */
export function loginElsewhere(account: Account, now: number, endOthers: boolean): TradeSession {
  return mintSession(account, now, { address: "198.51.100.77", endOthers });
}

function formOf(scenario: Scenario): { refusedAs?: SessionRefusalForm } {
  const form = readSessionRefusalForm(scenario["form"]);
  return form === undefined ? {} : { refusedAs: form };
}
