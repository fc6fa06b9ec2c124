import {
  type Answer,
  type BrokerAnswer,
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
  unfitAnswer,
  waitForCutoff,
  type Warning,
} from "@x/core/adapter";
import { callKotakNeo, endpointOf, loginHeaders } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";
import { mpinFactor } from "./credentials.ts";
import { type LoginCall, names } from "./endpoints.ts";
import { readFailure } from "./failure-body.ts";
import { refusal } from "./failures.ts";
import { packPending, unpackPending, type PendingState, type View } from "./pending.ts";
import { type AccountWarning, type LoginGrant, objectionTo, readLoginGrant } from "./responses.ts";
import { latestExpiry } from "./expiry.ts";
import { mintSession } from "./session.ts";
import type { KotakNeoTokens } from "./tokens.ts";

type Step = LoginStep<KotakNeoTokens>;

/**
 * Runs the login as far as the credentials reach: without a TOTP source to the challenge `totp`, with nothing sent; without an MPIN to the
 * challenge `mpin` after call 1; with both to a session. Without a person it then waits for 00:00 IST first if that is less than five minutes away.
 */
export async function begin(client: KotakNeoClient): Promise<Step> {
  const { credentials, context } = client;
  const { totp, mpin } = credentials;
  if (totp === undefined) return challenge({ awaits: "totp" }, client);
  // The session ends at midnight whenever it began (kotak-neo.md section 6).
  if (mpin !== undefined) await waitForCutoff(latestExpiry(context.now()), context);
  return sendTotp(await takeTotpCode(totp, stepOf("loginTotp", client), context), client);
}

/** Goes on with a pending login. One that is over, foreign or unreadable is refused before anything is sent. */
export async function answer(pending: PendingLogin, given: Answer, client: KotakNeoClient): Promise<Step> {
  const state = unpackPending(pending, client);
  if (given.kind !== state.awaits) throw unfitAnswer(state.awaits, names.broker);
  if (state.awaits === "mpin") return sendMpin(parseMpin(given.value), true, state, client);
  return sendTotp(await takeTypedTotpCode(given.value, stepOf("loginTotp", client), client.context), client);
}

function challenge(state: PendingState, client: KotakNeoClient): Step {
  return { kind: "challenge", challenge: { kind: state.awaits }, pending: packPending(state, client) };
}

/** Call 1, and call 2 where the MPIN is configured. The code was spent by the caller. */
async function sendTotp(code: string, client: KotakNeoClient): Promise<Step> {
  const { mobileNumber, ucc, mpin } = client.credentials;
  const json = { mobileNumber, ucc, totp: new Secret(code) };
  const reply = await callKotakNeo("loginTotp", { headers: loginHeaders(client), json }, client);
  const view = granted("loginTotp", reply, Object.values(json), client);
  if (mpin !== undefined) return sendMpin(mpin, false, view, client);
  const { token, sid, warnings } = view;
  return challenge({ awaits: "mpin", token, sid, warnings }, client);
}

/** Call 2. Whatever comes of it, the view pair is used up: one MPIN per pair (kotak-neo.md section 11). */
async function sendMpin(mpin: Secret, isTyped: boolean, view: View, client: KotakNeoClient): Promise<Step> {
  const { credentials, context } = client;
  const headers = { ...loginHeaders(client), sid: new Secret(view.sid), auth: new Secret(view.token) };
  const typed = isTyped ? mpinFactor(credentials, mpin) : undefined;
  await context.recordAttempt({ factor: "mpin", step: stepOf("verifyPin", client), answer: typed });
  const sentAt = context.now();
  const reply = await callKotakNeo("verifyPin", { headers, json: { mpin } }, client);
  const grant = granted("verifyPin", reply, [mpin, headers.sid, headers.auth], client);
  // The second pair is a new one (kotak-neo.md section 4): the first cannot trade.
  if (grant.token === view.token || grant.sid === view.sid)
    throw unexpectedAnswer(reply, "brings what call 1 brought, which cannot trade");
  const { session, warnings } = mintSession(grant, { reply, sentAt }, client);
  const said = [...view.warnings, ...grant.warnings];
  return {
    kind: "session",
    session,
    warnings: [...accountWarnings.filter(({ code }) => said.includes(code)), ...warnings],
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
    const held = [...sent, ...Object.values(credentials)].filter(isSecret).map((one) => one.reveal());
    throw refusal(call, reply, { now: context.now(), held });
  }
  const objection =
    objectionTo(grant, { call, credentials }) ?? contradictionIn(reply.json, credentials.mobileNumber.reveal());
  if (objection !== undefined) throw unexpectedAnswer(reply, objection);
  // Asked for after the answer: where a person typed the code, the first call may be the one that tells the broker's time.
  requireUsableToken(new Secret(grant.token), reply, context.now());
  return grant;
}

const accountWarnings: readonly (Warning & { readonly code: AccountWarning })[] = [
  {
    code: "password_expired",
    message: "The account's password has expired; renew it in the Neo app or on the web.",
  },
  {
    code: "dormant",
    message: "This account is dormant; orders may be refused.",
  },
  { code: "trial_account", message: "This is a trial account." },
];

function stepOf(call: LoginCall, { settings }: KotakNeoClient): string {
  return endpointOf(call, settings.api).step;
}
