import {
  type Answer,
  type BrokerAnswer,
  type BrokerAuthError,
  endedToken,
  isBrokerAuthError,
  jwtExpiry,
  type LoginStep,
  type OtpChallenge,
  parseMpin,
  parseOtp,
  type PendingLogin,
  Secret,
  takeTotpCode,
  takeTypedTotpCode,
  unexpectedAnswer,
  wrongArgument,
} from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { isTotpGone, refusal } from "./failures.ts";
import { type OtpState, packPending, type PinState, unpackPending } from "./pending.ts";
import { objectionTo, type OtpSent, readFirstFactorAccepted, readOtpSent } from "./responses.ts";
import { type AuthToken, openSession } from "./mpin.ts";
import type { NubraTokens } from "./tokens.ts";

type Step = LoginStep<NubraTokens>;

/** Runs the login as far as the credentials reach: by TOTP to the end, or to the first thing that a person has to give. */
export async function begin(client: NubraClient): Promise<Step> {
  const { credentials, context } = client;
  const { totp } = credentials;
  if (totp === undefined) return startOtp(client);
  return logInByTotp(async () => takeTotpCode(totp, endpoints.loginTotp.step, context), client);
}

/** Goes on with a pending login. An answer that cannot be right is `configuration` before anything is spent. */
export async function answer(pending: PendingLogin, given: Answer, client: NubraClient): Promise<Step> {
  const state = unpackPending(pending, client);
  const { kind, value } = (given ?? {}) as { readonly kind?: unknown; readonly value?: unknown };
  if (state.awaits === "mpin") {
    if (kind === "mpin") return answerPin(state, value, client);
    throw wrongArgument("mpin", "this login waits for the MPIN", names.broker);
  }
  if (kind === "otp") return answerOtp(state, value, pending, client);
  // From the beginning: a further send on a chain that has sent its SMS would poison it (nubra.md section 9.3).
  if (kind === "resend") return startOtp(client);
  // The authenticator app does as well as the SMS: it is another first factor for the same login (nubra.md section 5).
  if (kind === "totp")
    return logInByTotp(async () => takeTypedTotpCode(value, endpoints.loginTotp.step, client.context), client);
  throw wrongArgument("otp", "this login waits for the OTP", names.broker);
}

/** Asks for the MPIN that opens a session for this auth token. */
export function askForPin(authToken: AuthToken, renewing: boolean, client: NubraClient): Step {
  const state: PinState = {
    awaits: "mpin",
    authToken: authToken.token.reveal(),
    authTokenAt: authToken.issuedAt,
    renewing,
  };
  return { kind: "challenge", challenge: { kind: "mpin" }, pending: packPending(state, client) };
}

async function logInByTotp(takeCode: () => Promise<string>, client: NubraClient): Promise<Step> {
  const { settings, credentials, context } = client;
  const { phone, email } = credentials;
  if (settings.totpIdentifier === "email" && email === undefined)
    throw wrongArgument("email", "is missing; a login by TOTP needs it", names.broker);
  const identity = settings.totpIdentifier === "email" && email !== undefined ? { email } : { phone };
  const code = await takeCode();
  // JSON has no 012345: the integer loses the zero and Nubra is said to pad it back (nubra.md section 9.1). Never both forms in turn.
  const totp = settings.totpWire === "integer" ? Number(code) : new Secret(code);
  const answered = await callNubra(
    "loginTotp",
    { headers: { "x-device-id": context.deviceId }, json: { ...identity, totp } },
    client,
  );
  if (answered.ok) return enterPin("loginTotp", answered, client);
  const refused = refusal("loginTotp", answered, { now: context.now() });
  if (!isTotpGone("loginTotp", answered)) throw refused;
  return smsInstead(refused, client);
}

// The first factor that is left. Where nobody is there to read the SMS none is sent, and what has to be changed is told instead.
async function smsInstead(refused: BrokerAuthError, client: NubraClient): Promise<Step> {
  try {
    return await startOtp(client);
  } catch (error) {
    throw isBrokerAuthError(error) && error.code === "needs_input" ? refused : error;
  }
}

async function startOtp(client: NubraClient): Promise<Step> {
  // Counted before either leaves: a login that takes two messages is not stopped between them.
  const messages = client.settings.otpStart === "two-call" ? 2 : 1;
  const first = await sendOtp("startOtp", { messages }, client);
  // A blind second send would replace the live code and count (nubra.md section 9.3), so `next` decides, or the user's word.
  if (first.next === "VERIFY_MOBILE" && client.settings.otpStart === "auto") return askForOtp(first, 1, client);
  return askForOtp(await sendOtp("forceSms", { messages: 0, tempToken: first.tempToken }, client), 2, client);
}

async function sendOtp(
  call: "startOtp" | "forceSms",
  { messages, tempToken }: { readonly messages: number; readonly tempToken?: Secret },
  client: NubraClient,
): Promise<OtpSent> {
  const { credentials, context } = client;
  await context.recordAttempt({ factor: "sms", step: endpoints[call].step, messages });
  const headers: Record<string, Secret> = tempToken === undefined ? {} : { "x-temp-token": tempToken };
  const answered = await callNubra(
    call,
    { headers, json: { phone: credentials.phone, skip_totp: call === "forceSms" } },
    client,
  );
  if (!answered.ok) throw refusal(call, answered, { now: context.now() });
  const sent = readOtpSent(answered);
  if (sent === undefined) throw unexpectedAnswer(answered, "holds no temporary token");
  const objection = objectionTo(answered, credentials);
  if (objection !== undefined) throw unexpectedAnswer(answered, objection);
  const expected = call === "startOtp" ? ["VERIFY_MOBILE", "VERIFY_TOTP"] : ["VERIFY_MOBILE"];
  if (sent.next === undefined || !expected.includes(sent.next))
    throw unexpectedAnswer(answered, "goes on with a step that is not known");
  return sent;
}

function askForOtp(sent: OtpSent, sends: number, client: NubraClient): Step {
  const { attemptsLeft, expirySeconds } = sent;
  const state: OtpState = {
    awaits: "otp",
    tempToken: sent.tempToken.reveal(),
    sends,
    refusals: 0,
    attemptsLeft,
    codeExpiresAt: expirySeconds === undefined ? undefined : client.context.now() + Math.round(expirySeconds * 1000),
  };
  return { kind: "challenge", challenge: otpChallenge(state, client), pending: packPending(state, client) };
}

function otpChallenge({ attemptsLeft, codeExpiresAt }: OtpState, { credentials }: NubraClient): OtpChallenge {
  return {
    kind: "otp",
    sentTo: `phone ending in ${credentials.phone.reveal().slice(-2)}`,
    ...(codeExpiresAt === undefined ? {} : { expiresAt: codeExpiresAt }),
    ...(attemptsLeft === undefined ? {} : { attemptsLeft }),
  };
}

async function answerOtp(state: OtpState, value: unknown, pending: PendingLogin, client: NubraClient): Promise<Step> {
  const { credentials, context } = client;
  const otp = parseOtp(value);
  await context.recordAttempt({ factor: "otp", step: endpoints.verifyOtp.step, answer: otp });
  const headers = { "x-temp-token": new Secret(state.tempToken), "x-device-id": context.deviceId };
  const answered = await callNubra("verifyOtp", { headers, json: { phone: credentials.phone, otp } }, client);
  if (answered.ok) return enterPin("verifyOtp", answered, client);
  const firstSend = state.sends === 1 && state.refusals === 0;
  const refused = refusal("verifyOtp", answered, { now: context.now(), attemptsBefore: state.attemptsLeft, firstSend });
  if (refused.code !== "otp_rejected") throw refused;
  // The challenge stays open, and the person types again (nubra.md section 5).
  const next = { ...state, refusals: state.refusals + 1, attemptsLeft: refused.attemptsLeft ?? state.attemptsLeft };
  return {
    kind: "challenge",
    challenge: otpChallenge(next, client),
    pending: packPending(next, client, pending.createdAt),
    refused,
  };
}

// A PIN goes into the PIN step alone: SET_MPIN and the like are other steps (nubra.md section 4.1).
const pinSteps = new Set(["ENTER_MPIN", "ENTER_PIN", "VERIFY_MPIN", "VERIFY_PIN"]);

async function enterPin(call: "verifyOtp" | "loginTotp", answered: BrokerAnswer, client: NubraClient): Promise<Step> {
  const accepted = readFirstFactorAccepted(answered);
  if (accepted === undefined) throw unexpectedAnswer(answered, "holds no auth token");
  const objection = objectionTo(answered, client.credentials);
  if (objection !== undefined) throw unexpectedAnswer(answered, objection);
  const now = client.context.now();
  if ((jwtExpiry(accepted.authToken.reveal()) ?? Number.POSITIVE_INFINITY) <= now) throw endedToken(answered, now);
  if (accepted.next !== undefined && !pinSteps.has(accepted.next))
    throw unexpectedAnswer(answered, "goes on with a step that is not known");
  const authToken = { token: accepted.authToken, issuedAt: now };
  const { mpin } = client.credentials;
  return mpin === undefined
    ? askForPin(authToken, false, client)
    : openSession("verifyPin", authToken, { digits: mpin, typed: false }, client);
}

async function answerPin(state: PinState, value: unknown, client: NubraClient): Promise<Step> {
  const digits = parseMpin(value);
  const authToken = { token: new Secret(state.authToken), issuedAt: state.authTokenAt };
  try {
    return await openSession(state.renewing ? "renewWithPin" : "verifyPin", authToken, { digits, typed: true }, client);
  } catch (error) {
    // Only a renewal ends so. The person who typed the MPIN is there, and the full login that is due begins at once: left to the next call,
    // the same auth token would ask for the MPIN again and again.
    if (isBrokerAuthError(error) && error.code === "session_expired") return begin(client);
    throw error;
  }
}
