import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import { type Account, type ZerodhaSession, endOf, endSessions, mintSession } from "./account-state.ts";
import type { ZerodhaBroker } from "./broker.ts";
import { type SessionRefusalForm, readSessionRefusalForm, sessionRefusal, tokenRefusal } from "./refusal.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";
import { type StepContext, refused } from "./step.ts";

export interface Admitted {
  readonly account: Account;
  readonly session: ZerodhaSession;
}

export interface Rejected {
  /** For the journal only; the client cannot tell these apart. */
  readonly reason: string;
  readonly form: SessionRefusalForm | undefined;
}

interface Pair {
  readonly apiKey: string;
  readonly token: string;
}

/** Lets an API key and the access token that was minted for it pass; everything else gets the same answer (reference section 5). */
export function admit(broker: ZerodhaBroker, context: StepContext, pair: Pair): Admitted | Reply {
  const checked = checkPair(broker, context, pair);
  return "reason" in checked ? refused(context, tokenRefusal(checked.reason), sessionRefusal(checked.form)) : checked;
}

/** The same for a pair that came with a socket's handshake. */
export function checkPair(broker: ZerodhaBroker, context: StepContext, { apiKey, token }: Pair): Admitted | Rejected {
  const account = broker.accounts.find(({ state }) => state.sessions.some((one) => one.token === token));
  const found = (): ZerodhaSession | undefined => account?.state.sessions.find((one) => one.token === token);
  const presented = found();
  if (account === undefined || presented === undefined) return { reason: "unknown-session", form: undefined };
  context.request.entry.tell({ account: account.customer.name });
  if (account.customer.apiKey !== apiKey) return { reason: "wrong-app", form: undefined };
  if (endOf(presented, broker.now()) === undefined) play(broker, context, account, token);
  const session = found() ?? presented;
  const end = endOf(session, broker.now());
  return end === undefined ? { account, session } : { reason: `session-${end}`, form: session.refusedAs };
}

/** The scenarios that end a living session just before it is used. */
function play(broker: ZerodhaBroker, context: StepContext, account: Account, token: string): void {
  const take = (name: ZerodhaScenarioName): Scenario | undefined =>
    broker.scenarios.take(account.customer.name, name, context.step);
  const expired = take("session-expired");
  if (expired !== undefined) endSessions(account, broker.now(), "expired", { token, ...formOf(expired) });
  const replaced = expired === undefined ? take("session-replaced") : undefined;
  if (replaced === undefined) return;
  endSessions(account, broker.now(), "replaced", { token, ...formOf(replaced) });
  loginElsewhere(account, broker.now(), true);
}

/** Somebody logs in on another device; the page is taken as passed. */
export function loginElsewhere(account: Account, now: number, endOthers: boolean): ZerodhaSession {
  return mintSession(account, now, { endOthers });
}

function formOf(scenario: Scenario): { refusedAs?: SessionRefusalForm } {
  const form = readSessionRefusalForm(scenario["form"]);
  return form === undefined ? {} : { refusedAs: form };
}
