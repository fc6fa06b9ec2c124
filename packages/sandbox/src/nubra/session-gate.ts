import type { Reply } from "../reply.ts";
import { type AccountState, type NubraSession, endSessions } from "./account-state.ts";
import { type StepContext, bearerOf, header, play, refuseDeadToken, refuseStep, styleIn } from "./step.ts";
import { loginElsewhere } from "./token.ts";
import { accountByAuthToken } from "./broker.ts";

export interface Admitted {
  readonly state: AccountState;
  readonly session: NubraSession;
}

/** Lets a call with a live session from its own device pass, and refuses every other (reference section 12 rules 9 and 10). */
export function admit(context: StepContext): Admitted | Reply {
  const { broker, account: state, at, request } = context;
  const bearer = bearerOf(request);
  if (bearer === undefined) return refuseStep(context, "missing-bearer");
  const found = (): NubraSession | undefined => state?.sessions.find(({ token }) => token === bearer);
  const presented = found();
  if (state === undefined || presented === undefined) {
    return refuseDeadToken(
      context,
      accountByAuthToken(broker, bearer) === undefined ? "unknown-session" : "auth-token-as-session",
    );
  }
  const isLive = presented.ended === null && presented.expiresAt > at;
  const expired = isLive ? play(context, "session-expired") : undefined;
  if (expired !== undefined) endSessions(state, "expired", (one) => one === presented, styleIn(expired));
  const replaced = isLive && expired === undefined ? play(context, "session-replaced") : undefined;
  if (replaced !== undefined) loginElsewhere(broker, state);

  const session = found();
  if (session === undefined || session.ended !== null) {
    return refuseDeadToken(context, `session-${session?.ended ?? "replaced"}`, expired ?? replaced, session?.refusedAs);
  }
  if (session.expiresAt <= at) return refuseDeadToken(context, "session-expired");
  if (session.deviceId !== header(context, "x-device-id")) return refuseDeadToken(context, "wrong-device");
  return { state, session };
}
