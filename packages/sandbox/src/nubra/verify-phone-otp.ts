import { OTP_ATTEMPTS } from "./account-state.ts";
import { type NubraStep, accept, header, play, refuseInput, refuseStep } from "./nubra-step.ts";
import { grantAuthToken } from "./nubra-token.ts";
import { PHONE_RULE, isPhone } from "./send-phone-otp.ts";

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
    const { world, account: state, at } = context;
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
    const granted = grantAuthToken(world, state, header(context, "x-device-id"), "OTP");
    return accept(context, 201, {
      auth_token: granted.token,
      flow: "LOGIN",
      message: "User Created Successfully",
      next: "ENTER_MPIN",
    });
  },
};
