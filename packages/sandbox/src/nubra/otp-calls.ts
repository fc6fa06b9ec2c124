import { randomInt } from "node:crypto";
import type { Reply } from "../reply.ts";
import { type AccountState, type Challenge, OTP_ATTEMPTS } from "./account-state.ts";
import {
  type NubraStep,
  PHONE_RULE,
  type StepContext,
  accept,
  header,
  isPhone,
  play,
  playIfNamed,
  refuseInput,
  refuseStep,
} from "./step.ts";
import { grantAuthToken, mintTempToken } from "./token.ts";

/** Calls 1 and 2 of reference section 4: start a login, and force an SMS. */
export const sendPhoneOtp: NubraStep = {
  name: "sendphoneotp",
  methods: () => ["POST"],
  path: "/sendphoneotp",
  body: "object",
  required: [],
  unwanted: ["x-device-id", "authorization"],
  fields: ["phone", "skip_totp", "flow"],
  run(context) {
    const { phone, skip_totp: forced, flow } = context.body;
    const { account: state } = context;
    if (!isPhone(phone)) return refuseInput(context, "phone", PHONE_RULE);
    if (typeof forced !== "boolean") return refuseInput(context, "skip_totp", "true or false");
    if (flow !== undefined && typeof flow !== "string") return refuseInput(context, "flow", "a text, or left out");
    if (state === undefined) return refuseStep(context, "unknown-phone");
    const lockout = play(context, "lockout");
    if (state.locked || lockout !== undefined) return refuseStep(context, "locked", lockout);
    const limit = play(context, "send-limit");
    if (state.otpBlocked || limit !== undefined) return refuseStep(context, "send-limit", limit);
    return forced ? forceSms(context, state) : start(context, state);
  },
};

function start(context: StepContext, state: AccountState): Reply {
  if (header(context, "x-temp-token") !== "") {
    context.request.entry.note("x-temp-token on the first sendphoneotp");
    if (context.broker.lint) return refuseStep(context, "lint");
  }
  if (!spendSend(state, true)) return refuseStep(context, "send-limit");
  if (context.broker.profile === "documented")
    return challenge(context, state, { factor: "OTP", texted: false, poisoned: false });
  const offersTotp = context.broker.scenarios.active(state.account.name, "totp-gone") === undefined;
  const asksTotp = play(context, "totp-account-otp") !== undefined || (state.totpSecret !== null && offersTotp);
  return challenge(context, state, { factor: asksTotp ? "TOTP" : "OTP", texted: !asksTotp, poisoned: false });
}

function forceSms(context: StepContext, state: AccountState): Reply {
  const open = state.challenge;
  const live = open !== null && open.tempToken === header(context, "x-temp-token") && open.expiresAt > context.at;
  const stale = playIfNamed(context, "stale-temp-token");
  if (!live || stale !== undefined) return refuseStep(context, "stale-temp-token", stale);
  const blind = open.code !== null;
  if (!spendSend(state, blind)) return refuseStep(context, "send-limit");
  if (!blind) return challenge(context, state, { factor: "OTP", texted: true, poisoned: open.poisoned });
  // A blind second send: a code is out already (reference section 9 gotcha 3 and section 12 rule 6).
  context.request.entry.note("a second send although a code was out");
  return challenge(context, state, { factor: "OTP", texted: true, poisoned: context.broker.profile === "observed" });
}

/**
 * False, and blocked from then on, if none was left: the fifth send is the last, forced or not (reference section 12 rule 12). The forced
 * one that follows VERIFY_TOTP leaves `attempts_left` as it is, because the original page shows the same number twice.
 */
function spendSend(state: AccountState, attempt: boolean): boolean {
  if (Math.max(state.sends, state.otpAttempts) >= OTP_ATTEMPTS) {
    state.otpBlocked = true;
    return false;
  }
  state.sends += 1;
  if (attempt) state.otpAttempts += 1;
  return true;
}

function challenge(
  context: StepContext,
  state: AccountState,
  kind: Pick<Challenge, "factor" | "poisoned"> & { texted: boolean },
): Reply {
  const { broker, at } = context;
  const expiresAt = at + broker.lifetimes.otpMs;
  const tempToken = mintTempToken(state, kind.factor, expiresAt);
  const code = kind.texted ? text(state, at) : null;
  state.challenge = { tempToken, factor: kind.factor, code, poisoned: kind.poisoned, expiresAt };
  return accept(context, 200, {
    attempts_left: OTP_ATTEMPTS - state.otpAttempts,
    email: state.account.email,
    expiry: 30,
    flow: "LOGIN",
    message: kind.factor === "OTP" ? "OTP sent" : "Verify TOTP",
    next: kind.factor === "OTP" ? "VERIFY_MOBILE" : "VERIFY_TOTP",
    phone: state.account.phone,
    temp_token: tempToken,
  });
}

function text(state: AccountState, at: number): string {
  let code: string;
  do code = String(randomInt(1_000_000)).padStart(6, "0");
  // A code that was texted lately would make "from an older send" undecidable.
  while (state.inbox.some((message) => message.code === code));
  state.inbox = [...state.inbox.slice(-9), { at, code, text: `${code} is your one-time password for the sandbox.` }];
  return code;
}

/** Call 3 of reference section 4. The device id sent here is the one the login is bound to. */
export const verifyPhoneOtp: NubraStep = {
  name: "verifyphoneotp",
  methods: () => ["POST"],
  path: "/verifyphoneotp",
  body: "object",
  required: ["x-temp-token", "x-device-id"],
  unwanted: ["authorization"],
  fields: ["phone", "otp"],
  run(context) {
    const { broker, account: state, at } = context;
    const { phone, otp } = context.body;
    if (!isPhone(phone)) return refuseInput(context, "phone", PHONE_RULE);
    if (typeof otp !== "string" || !/^\d{6}$/.test(otp)) return refuseInput(context, "otp", "six digits as a text");
    if (state === undefined) return refuseStep(context, "stale-temp-token", undefined, "no account has this phone");
    const lockout = play(context, "lockout");
    if (state.locked || lockout !== undefined) return refuseStep(context, "locked", lockout);
    if (state.otpBlocked) return refuseStep(context, "send-limit");

    const open = state.challenge;
    const stale = play(context, "stale-temp-token");
    if (stale !== undefined || open === null || open.tempToken !== header(context, "x-temp-token")) {
      return refuseStep(context, "stale-temp-token", stale);
    }
    if (open.poisoned)
      return refuseStep(context, "stale-temp-token", undefined, "the chain was poisoned by a blind second send");
    if (open.code === null)
      return refuseStep(context, "stale-temp-token", undefined, "nothing was texted with this temp token");
    const late = play(context, "otp-expired");
    if (late !== undefined || open.expiresAt <= at) return refuseStep(context, "otp-expired", late);

    const wrong = play(context, "wrong-otp");
    if (wrong !== undefined || otp !== open.code) {
      state.otpAttempts += 1;
      if (state.otpAttempts >= OTP_ATTEMPTS) {
        state.otpBlocked = true;
        state.challenge = null;
        return refuseStep(context, "send-limit", wrong, "the last wrong OTP");
      }
      const older = wrong === undefined && state.inbox.some(({ code }) => code === otp);
      return refuseStep(context, older ? "otp-expired" : "wrong-otp", wrong);
    }
    state.challenge = null;
    const granted = grantAuthToken(broker, state, header(context, "x-device-id"), "OTP");
    return accept(context, 201, {
      auth_token: granted.token,
      flow: "LOGIN",
      message: "User Created Successfully",
      next: "ENTER_MPIN",
    });
  },
};
