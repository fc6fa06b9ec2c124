import {
  type Answer,
  type BrokerAnswer,
  type LoginStep,
  parseTotpCode,
  type PendingLogin,
  type Renewal,
  requireUsableToken,
  Secret,
  shortSession,
  takeTotpCode,
  takeTypedTotpCode,
  unexpectedAnswer,
  unfitAnswer,
  waitForCutoff,
} from "@x/core/adapter";
import { callAngelOne } from "./call.ts";
import type { AngelOneClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { packPending, unpackPending } from "./pending.ts";
import { objectionTo, readGrant } from "./responses.ts";
import { latestExpiry } from "./expiry.ts";
import { mintSession } from "./session.ts";
import type { AngelOneTokens } from "./tokens.ts";

type Step = LoginStep<AngelOneTokens>;

const { step } = endpoints.login;

/** Logs in by itself where there is a TOTP source, else asks for the code with nothing sent. Without a person it does not begin right before midnight. */
export async function begin(client: AngelOneClient): Promise<Step> {
  const { credentials, context } = client;
  const { totp } = credentials;
  if (totp === undefined)
    return { kind: "challenge", challenge: { kind: "totp" }, pending: packPending({ awaits: "totp" }, client) };
  await waitForCutoff(latestExpiry(context.now()), context);
  return logIn(() => takeTotpCode(totp, step, context), client);
}

/** Goes on with a pending login. One that is over, foreign or unreadable is refused before anything is sent. */
export async function answer(pending: PendingLogin, given: Answer, client: AngelOneClient): Promise<Step> {
  unpackPending(pending, client);
  if (given.kind !== "totp") throw unfitAnswer("totp", names.broker);
  // Before the PIN is written down: an answer that is no code costs nothing.
  const code = parseTotpCode(given.value);
  return logIn(() => takeTypedTotpCode(code, step, client.context), client);
}

/** The one call of the login. */
async function logIn(takeCode: () => Promise<string>, client: AngelOneClient): Promise<Step> {
  const { credentials, context } = client;
  const { clientCode, pin } = credentials;
  // The PIN first, so that what becomes of the call is written down against the code: a refused code must not bar a good PIN.
  await context.recordAttempt({ factor: "mpin", step });
  const totp = new Secret(await takeCode());
  const sentAt = context.now();
  const reply = await callAngelOne("login", { json: { clientcode: clientCode, password: pin, totp } }, client);
  return opened("login", reply, sentAt, client);
}

/** The session in the answer to a login or a renewal. */
export function opened(
  call: "login" | "renewTokens",
  reply: BrokerAnswer,
  sentAt: number,
  { context }: AngelOneClient,
): Extract<Step, { kind: "session" }> {
  // Asked for after the answer: where a person typed the code, this call may be the one that tells the broker's time.
  const now = context.now();
  const grant = reply.ok ? readGrant(reply.json) : undefined;
  if (grant === undefined) throw refusal(call, reply, { now });
  // A success that speaks against itself is none that we know, whatever token it brings.
  const objection = objectionTo(reply.json);
  if (objection !== undefined) throw unexpectedAnswer(reply, objection);
  const { jwtToken, refreshToken } = grant;
  requireUsableToken(jwtToken, reply, now);
  const session = mintSession(grant, sentAt, context);
  const warnings = shortSession(session);
  if (refreshToken === undefined) return { kind: "session", session, warnings };
  return { kind: "session", session, renewal: packRenewal(jwtToken, refreshToken, sentAt), warnings };
}

/** A renewal shows the old JWT beside the refresh token (angel-one.md section 2), so both are kept. How long it lives is not known (section 3). */
function packRenewal(jwtToken: Secret, refreshToken: Secret, issuedAt: number): Renewal {
  return { token: new Secret(`${jwtToken.reveal()} ${refreshToken.reveal()}`), issuedAt };
}
