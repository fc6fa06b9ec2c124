import {
  type Answer,
  type BrokerAnswer,
  type BrokerAuthError,
  contradictionIn,
  isSecret,
  type LoginStep,
  parseMpin,
  type PendingLogin,
  requireUsableToken,
  Secret,
  takeTotpCode,
  takeTypedTotpCode,
  unexpectedAnswer,
  waitForCutoff,
  type Warning,
  wrongArgument,
} from "@x/core/adapter";
import { callKotakNeo, loginHeaders } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";
import { type KotakNeoCredentials, mpinFactor } from "./credentials.ts";
import { endpointOf, type LoginCall, names } from "./endpoints.ts";
import { readFailure } from "./failure-body.ts";
import { refusal } from "./failures.ts";
import { packPending, unpackPending, type View } from "./pending.ts";
import { type LoginGrant, objectionTo, readLoginGrant } from "./responses.ts";
import { latestExpiry, mintSession } from "./session.ts";
import type { KotakNeoTokens } from "./tokens.ts";

type Step = LoginStep<KotakNeoTokens>;

/**
 * Runs the login as far as the credentials reach: without a TOTP source to the challenge `totp`, with nothing sent; without an MPIN to the
 * challenge `mpin` after call 1; with both to a session. Without a person it then waits for 00:00 IST first if that is less than five minutes away.
 */
export async function begin(client: KotakNeoClient): Promise<Step> {
  const { credentials, context } = client;
  const { totp, mpin } = credentials;
  if (totp === undefined) return challenge(undefined, client);
  // The session ends at midnight whenever it began (kotak-neo.md section 6).
  if (mpin !== undefined) await waitForCutoff(latestExpiry(context.now()), context);
  const code = await takeTotpCode(totp, stepOf("loginTotp", client), context);
  return afterTotp(await sendTotp(code, client), client);
}

/** Goes on with a pending login. One that is over, foreign or unreadable is refused before anything is sent. */
export async function answer(pending: PendingLogin, given: Answer, client: KotakNeoClient): Promise<Step> {
  const state = unpackPending(pending, client);
  if (given.kind === "resend")
    throw unfit("Kotak Neo sends no code that could be sent again; the code is in the authenticator app");
  if (given.kind !== state.awaits) throw unfit(`this login waits for the ${state.awaits}, not for the ${given.kind}`);
  if (state.awaits === "mpin") return sendMpin(parseMpin(given.value), "typed", state, client);
  const code = await takeTypedTotpCode(given.value, stepOf("loginTotp", client), client.context);
  return afterTotp(await sendTotp(code, client), client);
}

async function afterTotp(view: View, client: KotakNeoClient): Promise<Step> {
  const { mpin } = client.credentials;
  return mpin === undefined ? challenge(view, client) : sendMpin(mpin, "configured", view, client);
}

function challenge(view: View | undefined, client: KotakNeoClient): Step {
  const state = view === undefined ? ({ awaits: "totp" } as const) : ({ awaits: "mpin", ...view } as const);
  return { kind: "challenge", challenge: { kind: state.awaits }, pending: packPending(state, client) };
}

/** Call 1. The code was spent by the caller. */
async function sendTotp(code: string, client: KotakNeoClient): Promise<View> {
  const { mobileNumber, ucc } = client.credentials;
  const json = { mobileNumber, ucc, totp: new Secret(code) };
  const reply = await callKotakNeo("loginTotp", { headers: loginHeaders(client), json }, client);
  const grant = granted("loginTotp", reply, Object.values(json), client);
  return { token: grant.token, sid: grant.sid, warnings: accountWarnings(grant) };
}

/** Call 2. Whatever comes of it, the view pair is used up: one MPIN per pair (kotak-neo.md section 11). */
async function sendMpin(
  mpin: Secret,
  origin: "configured" | "typed",
  view: View,
  client: KotakNeoClient,
): Promise<Step> {
  const { credentials, context } = client;
  const headers = { ...loginHeaders(client), sid: new Secret(view.sid), auth: new Secret(view.token) };
  const typed = origin === "typed" ? mpinFactor(credentials, mpin) : undefined;
  await context.recordAttempt({ factor: "mpin", step: stepOf("verifyPin", client), answer: typed });
  const sentAt = context.now();
  const reply = await callKotakNeo("verifyPin", { headers, json: { mpin } }, client);
  const grant = granted("verifyPin", reply, [mpin, headers.sid, headers.auth], client);
  // The second pair is a new one (kotak-neo.md section 4): the first cannot trade.
  if (grant.token === view.token || grant.sid === view.sid)
    throw unexpectedAnswer(reply, "brings what call 1 brought, which cannot trade");
  const { session, warnings } = mintSession(grant, { step: reply.step, sentAt }, client);
  const found = new Set([...view.warnings, ...accountWarnings(grant)]);
  const account = Object.entries(accountWarningTexts).filter(([code]) => found.has(code));
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
  call: LoginCall,
  reply: BrokerAnswer,
  sent: readonly Secret[],
  { credentials, context }: KotakNeoClient,
): LoginGrant {
  const grant = reply.ok && !readFailure(reply.json).marked ? readLoginGrant(reply.json) : undefined;
  if (grant === undefined) {
    const held = [...sent, ...secretsOf(credentials)].map((one) => one.reveal());
    throw refusal(call, reply, { now: context.now(), held });
  }
  const objection =
    objectionTo(grant, { call, credentials }) ?? contradictionIn(reply.json, credentials.mobileNumber.reveal());
  if (objection !== undefined) throw unexpectedAnswer(reply, objection);
  // Asked for after the answer: where a person typed the code, the first call may be the one that tells the broker's time.
  requireUsableToken(new Secret(grant.token), reply, context.now());
  return grant;
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
  return wrongArgument("answer", message, names.broker);
}

function stepOf(call: LoginCall, { settings }: KotakNeoClient): string {
  return endpointOf(call, settings.api).step;
}
