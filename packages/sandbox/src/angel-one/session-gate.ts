import type { Reply } from "../reply.ts";
import type { Scenario } from "../scenario.ts";
import { type Account, type AngelOneSession, endOf, endSessions, mintSession } from "./account-state.ts";
import type { AngelOneBroker } from "./broker.ts";
import {
  MISSING_TOKEN,
  type SessionRefusalForm,
  WRONG_API_KEY,
  readSessionRefusalForm,
  refusalReply,
  sessionRefusal,
} from "./refusal.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";
import { type StepContext, bearerOf, refused } from "./step.ts";

export interface Admitted {
  readonly account: Account;
  readonly session: AngelOneSession;
}

export interface Rejected {
  /** For the journal only. */
  readonly reason: string;
  readonly form: SessionRefusalForm;
}

/** Lets the JWT of a living session pass, with the API key that it was minted for. */
export function admit(broker: AngelOneBroker, context: StepContext): Admitted | Reply {
  const jwt = bearerOf(context.request);
  if (jwt === undefined) return refused(context, MISSING_TOKEN);
  const checked = checkToken(broker, context, jwt, context.request.headers["x-privatekey"]);
  if (!("reason" in checked)) return checked;
  const reply =
    checked.reason === "wrong-api-key"
      ? refusalReply(WRONG_API_KEY, broker.strings)
      : sessionRefusal(checked.form, broker.strings);
  context.request.entry.tell({ outcome: `refused: ${checked.reason}` });
  return reply;
}

/** The same for what came with a socket's handshake. */
export function checkToken(
  broker: AngelOneBroker,
  context: StepContext,
  jwt: string,
  apiKey: string | undefined,
): Admitted | Rejected {
  const account = broker.accounts.find(({ state }) => state.sessions.some((one) => one.jwt === jwt));
  const found = (): AngelOneSession | undefined => account?.state.sessions.find((one) => one.jwt === jwt);
  const presented = found();
  if (account === undefined || presented === undefined) return { reason: "unknown-session", form: "AG8001" };
  context.request.entry.tell({ account: account.customer.name });
  if (account.customer.apiKey !== apiKey) return { reason: "wrong-api-key", form: "AG8001" };
  if (endOf(presented, broker.now()) === undefined) play(broker, context, account, jwt);
  const session = found() ?? presented;
  const end = endOf(session, broker.now());
  if (end === undefined) return { account, session };
  return { reason: `session-${end}`, form: session.refusedAs ?? (end === "midnight" ? "AG8002" : "AG8001") };
}

/** The scenarios that end a living session just before it is used. */
function play(broker: AngelOneBroker, context: StepContext, account: Account, jwt: string): void {
  const take = (name: AngelOneScenarioName): Scenario | undefined =>
    broker.scenarios.take(account.customer.name, name, context.step);
  const expired = take("session-expired");
  if (expired !== undefined) endSessions(account, broker.now(), "expired", { jwt, ...formOf(expired) });
  const replaced = expired === undefined ? take("session-replaced") : undefined;
  if (replaced === undefined) return;
  endSessions(account, broker.now(), "replaced", { jwt, ...formOf(replaced) });
  loginElsewhere(broker, account, true);
}

/** Somebody logs in on another device; all factors are taken as right. */
export function loginElsewhere(broker: AngelOneBroker, account: Account, endOthers: boolean): AngelOneSession {
  return mintSession(account, broker.now(), { ...broker.mint, endOthers });
}

function formOf(scenario: Scenario): { refusedAs?: SessionRefusalForm } {
  const form = readSessionRefusalForm(scenario["form"]);
  return form === undefined ? {} : { refusedAs: form };
}
