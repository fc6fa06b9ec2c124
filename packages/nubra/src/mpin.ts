import { type BrokerAnswer, type LoginStep, requireUsableToken, Secret, unexpectedAnswer } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { mpinFactor } from "./credentials.ts";
import { endpoints } from "./endpoints.ts";
import { granted } from "./failures.ts";
import { readPinAccepted } from "./responses.ts";
import { mintSession } from "./session.ts";
import type { NubraTokens } from "./tokens.ts";

/** What the first factor granted: it opens sessions together with the MPIN, now and after the session has ended. */
export interface AuthToken {
  readonly token: Secret;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

export interface Pin {
  readonly digits: Secret;
  /** A person gave it just now; else it is the configured one. */
  readonly typed: boolean;
}

/** The last step of every login and renewal: the MPIN opens a session for the auth token. @throws BrokerAuthError as the failure table says */
export async function openSession(
  pin: Pin,
  authToken: AuthToken,
  renewing: boolean,
  client: NubraClient,
): Promise<Extract<LoginStep<NubraTokens>, { kind: "session" }>> {
  const { credentials, context } = client;
  const call = renewing ? "renewWithPin" : "verifyPin";
  const typed = pin.typed ? mpinFactor(credentials, pin.digits) : undefined;
  await context.recordAttempt({ factor: "mpin", step: endpoints[call].step, answer: typed });
  // No x-temp-token here: Nubra refuses the call with one (nubra.md section 4).
  const headers = { authorization: new Secret(`Bearer ${authToken.token.reveal()}`), "x-device-id": context.deviceId };
  const answer = await callNubra(call, { headers, json: { pin: pin.digits } }, client);
  const accepted = granted(call, answer, readPinAccepted, "holds no session token", client);
  // Nubra may have minted a session, but one that still wants something is not what callers take a session for (section 8, rule 11).
  requireStep(accepted.next, ["DASHBOARD"], answer, unfinished);
  const { sessionToken, userId } = accepted;
  if (sessionToken.reveal() === authToken.token.reveal())
    throw unexpectedAnswer(answer, "brings the auth token again, which opens no account");
  const now = context.now();
  requireUsableToken(sessionToken, answer, now);
  const session = mintSession({ sessionToken, userId }, now, context.deviceId);
  // No expiry: the sources disagree (24 hours or 7 days, section 6), so it is tried for as long as it is there (section 11).
  return { kind: "session", session, renewal: authToken };
}

/** Refuses a success that wants something that is no step of a login here. One that names no step goes on as ours do. */
export function requireStep(
  next: string | undefined,
  known: readonly string[],
  answer: BrokerAnswer,
  action?: string,
): void {
  if (next !== undefined && !known.includes(next))
    throw unexpectedAnswer(answer, "goes on with a step that is not known", action);
}

const unfinished =
  "Nubra took the MPIN and wants something more: log in to its app or page once and finish what it asks for. If it asks for nothing, update this package or report step and status.";
