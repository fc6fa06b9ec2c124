import {
  type Answer,
  type BrokerAnswer,
  BrokerAuthError,
  isSecret,
  jwtExpiry,
  type LoginStep,
  nextIndiaTime,
  parseTotpCode,
  type PendingLogin,
  Secret,
  takeTotpCode,
  totpPeriodMs,
  type Warning,
} from "@x/core/adapter";
import { callKotakNeo, type KotakNeoClient, loginHeaders } from "./call.ts";
import { type KotakNeoCredentials, mpinFactor, parseMpin } from "./credentials.ts";
import { brokerId, loginEndpoints } from "./endpoints.ts";
import { readFailure } from "./failure-body.ts";
import { endedToken, type LoginCall, loginRefusal, unexpectedAnswer } from "./failures.ts";
import { packPending, unpackPending, type View } from "./pending.ts";
import { type LoginGrant, objectionTo, readLoginGrant } from "./responses.ts";
import { mintSession, shortSessionMs } from "./session.ts";
import type { KotakNeoTokens } from "./tokens.ts";

type Step = LoginStep<KotakNeoTokens>;

// The broker's clock is known to the second, so midnight has certainly passed there a little later.
const afterMidnightMs = 2_000;

/**
 * Runs the login as far as the credentials reach: without a TOTP source to the challenge `totp`, with nothing sent; without an MPIN to the
 * challenge `mpin` after call 1; with both to a session. Without a person it then waits for 00:00 IST first if that is less than five minutes away.
 */
export async function begin(client: KotakNeoClient): Promise<Step> {
  const { credentials, settings, context } = client;
  const { totp, mpin } = credentials;
  if (totp === undefined) return challenge(undefined, client);
  if (mpin !== undefined && !context.attended) await waitForMidnight(client);
  const code = await takeTotpCode(totp, loginEndpoints[settings.api].totp.step, context);
  return afterTotp(await sendTotp(code, client), client);
}

/** Goes on with a pending login. One that is over, foreign or unreadable is refused before anything is sent. */
export async function answer(pending: PendingLogin, given: Answer, client: KotakNeoClient): Promise<Step> {
  const { settings, context } = client;
  const view = unpackPending(pending, client);
  if (given.kind === "resend") {
    throw unfit("Kotak Neo sends no code that could be sent again; the code is in the authenticator app");
  }
  if (given.kind !== pending.awaits)
    throw unfit(`this login waits for the ${pending.awaits}, not for the ${given.kind}`);
  if (view !== undefined) return sendMpin(parseMpin(given.value), "typed", view, client);
  const code = parseTotpCode(given.value);
  const totpStep = Math.floor(context.now() / totpPeriodMs);
  const { step } = loginEndpoints[settings.api].totp;
  await context.recordAttempt({ factor: "totp", step, answer: new Secret(code), totpStep });
  return afterTotp(await sendTotp(code, client), client);
}

async function afterTotp(view: View, client: KotakNeoClient): Promise<Step> {
  const { mpin } = client.credentials;
  return mpin === undefined ? challenge(view, client) : sendMpin(mpin, "configured", view, client);
}

function challenge(view: View | undefined, client: KotakNeoClient): Step {
  const kind = view === undefined ? "totp" : "mpin";
  return { kind: "challenge", challenge: { kind }, pending: packPending(view, client) };
}

// The session ends at midnight whenever it began, so nobody gains from a login at 23:58 (kotak-neo.md section 6). Only a login that runs by
// itself is held back: a person who asks for one knows why, and is warned.
async function waitForMidnight({ context }: KotakNeoClient): Promise<void> {
  const now = context.now();
  const left = nextIndiaTime(now) - now;
  if (left <= shortSessionMs) await context.sleep(left + afterMidnightMs, context.signal, "midnight");
}

/** Call 1. The code was spent by the caller. */
async function sendTotp(code: string, client: KotakNeoClient): Promise<View> {
  const { credentials, settings } = client;
  const { step, path } = loginEndpoints[settings.api].totp;
  const json = { mobileNumber: credentials.mobileNumber, ucc: credentials.ucc, totp: new Secret(code) };
  const url = `${credentials.loginBaseUrl}${path}`;
  const headers = loginHeaders(client);
  const reply = await callKotakNeo({ step, method: "POST", url, headers, json, carriesFactor: true }, client);
  const grant = granted({ call: "totp", step, sent: Object.values(json) }, reply, client);
  return { token: grant.token, sid: grant.sid, warnings: accountWarnings(grant) };
}

/** Call 2. Whatever comes of it, the view pair is used up: one MPIN per pair (kotak-neo.md section 11). */
async function sendMpin(
  mpin: Secret,
  origin: "configured" | "typed",
  view: View,
  client: KotakNeoClient,
): Promise<Step> {
  const { credentials, settings, context } = client;
  const { step, path } = loginEndpoints[settings.api].mpin;
  const url = `${credentials.loginBaseUrl}${path}`;
  const headers = { ...loginHeaders(client), sid: new Secret(view.sid), auth: new Secret(view.token) };
  await context.recordAttempt({
    factor: "mpin",
    step,
    ...(origin === "typed" ? { answer: mpinFactor(credentials, mpin) } : {}),
  });
  const sentAt = context.now();
  const reply = await callKotakNeo({ step, method: "POST", url, headers, json: { mpin }, carriesFactor: true }, client);
  const grant = granted({ call: "mpin", step, sent: [mpin, headers.sid, headers.auth] }, reply, client);
  if (grant.token === view.token)
    throw unexpectedAnswer(step, reply, "brings the token of call 1 again, which cannot trade");
  const { session, warnings } = mintSession(grant, { step, sentAt }, client);
  const names = new Set([...view.warnings, ...accountWarnings(grant)]);
  const account = Object.entries(accountWarningTexts).filter(([code]) => names.has(code));
  return {
    kind: "session",
    session,
    warnings: [...account.map(([code, message]) => ({ code, message })), ...warnings],
  };
}

/**
 * The grant in an answer. Success is 2xx and `data.token` and `data.sid` and no failure mark (kotak-neo.md section 1), and nothing in it that
 * speaks of another call or another client: such an answer is none that we know, whatever else it says.
 */
function granted(
  { call, step, sent }: MadeCall,
  reply: BrokerAnswer,
  { credentials, context }: KotakNeoClient,
): LoginGrant {
  const grant = reply.ok && !readFailure(reply.json).marked ? readLoginGrant(reply.json) : undefined;
  if (grant === undefined) {
    const held = [...sent, ...secretsOf(credentials)].map((one) => one.reveal());
    throw loginRefusal(reply, { call, step, now: context.now(), held });
  }
  const objection = objectionTo(grant, { call, credentials });
  if (objection !== undefined) throw unexpectedAnswer(step, reply, objection);
  // Asked for after the answer: where a person typed the code, the first call may be the one that tells the broker's time.
  const now = context.now();
  if ((jwtExpiry(grant.token) ?? Number.POSITIVE_INFINITY) <= now) throw endedToken(step, reply, now);
  return grant;
}

interface MadeCall {
  readonly call: LoginCall;
  /** Its name in errors. */
  readonly step: string;
  readonly sent: readonly Secret[];
}

function secretsOf({ accessToken, mobileNumber, ucc, mpin, totp }: KotakNeoCredentials): Secret[] {
  return [accessToken, mobileNumber, ucc, mpin, totp].filter(isSecret);
}

// What the broker says about the account. The session is valid all the same (kotak-neo.md section 9, gotcha 11).
const accountWarningTexts = {
  password_expired: "The account's password has expired; renew it in the Neo app or on the web.",
  dormant: "Kotak Neo lists this account as dormant; orders may be refused until it is made active again.",
  trial_account: "This is a trial account.",
} satisfies Record<string, Warning["message"]>;

function accountWarnings(grant: LoginGrant): (keyof typeof accountWarningTexts)[] {
  return [
    ...(grant.passwordExpired ? (["password_expired"] as const) : []),
    ...(grant.dormant ? (["dormant"] as const) : []),
    ...(grant.trialAccount ? (["trial_account"] as const) : []),
  ];
}

function unfit(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `answer: ${message}`, { broker: brokerId, field: "answer" });
}
