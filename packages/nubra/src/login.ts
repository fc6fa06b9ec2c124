import {
  type Answer,
  type BrokerAnswer,
  isBrokerAuthError,
  type LoginStep,
  parseMpin,
  parseOtp,
  type PendingLogin,
  requireUsableToken,
  Secret,
  takeTotpCode,
  takeTypedTotpCode,
  wrongArgument,
} from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";
import { endpoints, names } from "./endpoints.ts";
import { granted, isTotpGone, refusal } from "./failures.ts";
import { type OtpState, packPending, type PinState, unpackPending } from "./pending.ts";
import { type OtpSent, readFirstFactorAccepted, readOtpSent } from "./responses.ts";
import { type AuthToken, openSession, requireStep } from "./mpin.ts";
import type { NubraTokens } from "./tokens.ts";

type Step = LoginStep<NubraTokens>;

const { step: totpStep } = endpoints.loginTotp;

/** Runs the login as far as the credentials reach: by TOTP to the end, or to the first thing that a person has to give. */
export async function begin(client: NubraClient): Promise<Step> {
  const { totp } = client.credentials;
  if (totp === undefined) return startOtp(client);
  return logInByTotp(() => takeTotpCode(totp, totpStep, client.context), client);
}

/** Goes on with a pending login. An answer that cannot be right is `configuration` before anything is spent. */
export async function answer(pending: PendingLogin, given: Answer, client: NubraClient): Promise<Step> {
  const state = unpackPending(pending, client);
  const { kind, value } = (given ?? {}) as { readonly kind?: unknown; readonly value?: unknown };
  if (state.awaits === "mpin") {
    if (kind === "mpin") return answerPin(state, value, client);
  } else {
    if (kind === "otp") return answerOtp(state, value, pending, client);
    // From the beginning: a further send on a chain that has sent its SMS would poison it (nubra.md section 9.3).
    if (kind === "resend") return startOtp(client);
    // The authenticator app does as well as the SMS: it is another first factor for the same login (nubra.md section 5).
    if (kind === "totp") return logInByTotp(() => takeTypedTotpCode(value, totpStep, client.context), client);
  }
  throw wrongArgument(state.awaits, `this login waits for the ${state.awaits.toUpperCase()}`, names.broker);
}

/** Opens a session for this auth token with the configured MPIN, or asks for one. */
export async function enterPin(authToken: AuthToken, renewing: boolean, client: NubraClient): Promise<Step> {
  const { mpin } = client.credentials;
  if (mpin !== undefined) return openSession({ digits: mpin, typed: false }, authToken, renewing, client);
  const state: PinState = {
    awaits: "mpin",
    authToken: authToken.token.reveal(),
    authTokenAt: authToken.issuedAt,
    renewing,
  };
  return { kind: "challenge", challenge: { kind: "mpin" }, pending: packPending(state, client) };
}

async function logInByTotp(takeCode: () => Promise<string>, client: NubraClient): Promise<Step> {
  const { credentials, context } = client;
  const { totpIdentifier, totpWire } = client.settings;
  const identity = credentials[totpIdentifier];
  if (identity === undefined) throw wrongArgument(totpIdentifier, "is missing; a login by TOTP needs it", names.broker);
  const code = await takeCode();
  // JSON has no 012345: the integer loses the zero and Nubra is said to pad it back (nubra.md section 9.1). Never both forms in turn.
  const totp = totpWire === "integer" ? Number(code) : new Secret(code);
  const answered = await callNubra(
    "loginTotp",
    { headers: { "x-device-id": context.deviceId }, json: { [totpIdentifier]: identity, totp } },
    client,
  );
  if (answered.ok) return goOn("loginTotp", answered, client);
  const refused = refusal("loginTotp", answered, { now: context.now() });
  if (!isTotpGone("loginTotp", answered)) throw refused;
  // The first factor that is left. Where nobody is there to read the SMS none is sent, and what has to be changed is told instead.
  return startOtp(client).catch((error: unknown) => {
    throw isBrokerAuthError(error) && error.code === "needs_input" ? refused : error;
  });
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
  const sent = granted(call, answered, readOtpSent, "holds no temporary token", client);
  const expected = call === "startOtp" ? ["VERIFY_MOBILE", "VERIFY_TOTP"] : ["VERIFY_MOBILE"];
  requireStep(sent.next ?? "", expected, answered);
  return sent;
}

function askForOtp(sent: OtpSent, sends: number, client: NubraClient): Step {
  const { attemptsLeft, expirySeconds } = sent;
  return otpStep(
    {
      awaits: "otp",
      tempToken: sent.tempToken.reveal(),
      sends,
      refusals: 0,
      attemptsLeft,
      codeExpiresAt: expirySeconds && client.context.now() + Math.round(expirySeconds * 1000),
    },
    client,
  );
}

function otpStep(state: OtpState, client: NubraClient, createdAt?: number): Extract<Step, { kind: "challenge" }> {
  const { attemptsLeft, codeExpiresAt } = state;
  const sentTo = `phone ending in ${client.credentials.phone.reveal().slice(-2)}`;
  return {
    kind: "challenge",
    challenge: { kind: "otp", sentTo, expiresAt: codeExpiresAt, attemptsLeft },
    pending: packPending(state, client, createdAt),
  };
}

async function answerOtp(state: OtpState, value: unknown, pending: PendingLogin, client: NubraClient): Promise<Step> {
  const { credentials, context } = client;
  const otp = parseOtp(value);
  await context.recordAttempt({ factor: "otp", step: endpoints.verifyOtp.step, answer: otp });
  const headers = { "x-temp-token": new Secret(state.tempToken), "x-device-id": context.deviceId };
  const answered = await callNubra("verifyOtp", { headers, json: { phone: credentials.phone, otp } }, client);
  if (answered.ok) return goOn("verifyOtp", answered, client);
  const firstSend = state.sends === 1 && state.refusals === 0;
  const refused = refusal("verifyOtp", answered, { now: context.now(), attemptsBefore: state.attemptsLeft, firstSend });
  if (refused.code !== "otp_rejected") throw refused;
  // The challenge stays open, and the person types again (nubra.md section 5).
  const next = { ...state, refusals: state.refusals + 1, attemptsLeft: refused.attemptsLeft ?? state.attemptsLeft };
  return { ...otpStep(next, client, pending.createdAt), refused };
}

// A PIN goes into the PIN step alone: SET_MPIN and the like are other steps (nubra.md section 4.1).
const pinSteps: readonly string[] = ["ENTER_MPIN", "ENTER_PIN", "VERIFY_MPIN", "VERIFY_PIN"];

async function goOn(call: "verifyOtp" | "loginTotp", answered: BrokerAnswer, client: NubraClient): Promise<Step> {
  const accepted = granted(call, answered, readFirstFactorAccepted, "holds no auth token", client);
  const now = client.context.now();
  requireUsableToken(accepted.authToken, answered, now);
  requireStep(accepted.next, pinSteps, answered);
  return enterPin({ token: accepted.authToken, issuedAt: now }, false, client);
}

async function answerPin(state: PinState, value: unknown, client: NubraClient): Promise<Step> {
  const digits = parseMpin(value);
  const authToken = { token: new Secret(state.authToken), issuedAt: state.authTokenAt };
  return openSession({ digits, typed: true }, authToken, state.renewing, client).catch((error: unknown) => {
    // Only a renewal ends so. The person who typed the MPIN is there, and the full login that is due begins at once: left to the next call,
    // the same auth token would ask for the MPIN again and again.
    if (isBrokerAuthError(error) && error.code === "session_expired") return begin(client);
    throw error;
  });
}
