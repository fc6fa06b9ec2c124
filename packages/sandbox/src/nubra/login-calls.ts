import type { Json } from "../json.ts";
import { countWrongFactor } from "./account-state.ts";
import { accountBySession } from "./broker.ts";
import type { NubraTotpWire } from "./options.ts";
import {
  type NubraStep,
  PHONE_RULE,
  PIN_RULE,
  accept,
  bearerOf,
  header,
  isPhone,
  play,
  refuseDeadToken,
  refuseInput,
  refuseStep,
} from "./step.ts";
import { grantAuthToken, mintSession } from "./token.ts";

/** Call 4 of reference section 4. The device id sent here is the one the login is bound to. */
export const totpLogin: NubraStep = {
  name: "totp-login",
  methods: () => ["POST"],
  path: "/totp/login",
  body: "object",
  required: ["x-device-id"],
  unwanted: ["authorization", "x-temp-token"],
  fields: ["phone", "email", "totp", "otp"],
  run(context) {
    const { broker, account: state, at, request } = context;
    const { phone, email, totp, otp } = context.body;
    const code = readCode(totp, broker.totpWire);
    if (phone === undefined ? typeof email !== "string" : !isPhone(phone))
      return refuseInput(context, "phone", PHONE_RULE);
    if (code === undefined) return refuseInput(context, "totp", codeRules[broker.totpWire]);
    if (otp !== undefined && typeof otp !== "string") return refuseInput(context, "otp", "a text, or left out");
    // Reference section 10 row 6: the original page logs in by e-mail, nearly everybody else by phone; section 11 does not assume it.
    if (phone === undefined) {
      request.entry.note("email at totp/login");
      if (broker.lint && broker.profile === "observed") return refuseStep(context, "lint");
    }
    if (state === undefined) return refuseStep(context, "unknown-phone");
    const lockout = play(context, "lockout");
    if (state.locked || lockout !== undefined) return refuseStep(context, "locked", lockout);
    const absent = play(context, "totp-not-enrolled");
    if (state.totpSecret === null || absent !== undefined) return refuseStep(context, "totp-not-enrolled", absent);

    const verdict = broker.totp.verify(state.account.name, state.totpSecret, code, at);
    const wrong = play(context, "wrong-totp");
    if (wrong !== undefined || verdict !== "accepted") {
      countWrongFactor(state);
      return refuseStep(context, verdict === "used" ? "used-totp" : "wrong-totp", wrong);
    }
    const granted = grantAuthToken(broker, state, header(context, "x-device-id"), "TOTP");
    return accept(context, 201, {
      auth_token: granted.token,
      flow: "LOGIN",
      message: "User Created Successfully",
      next: "ENTER_MPIN",
    });
  },
};

const codeRules: Readonly<Record<NubraTotpWire, string>> = {
  integer: "six digits as a number",
  string: "six digits as a text",
  either: "six digits as a number or a text",
};

/** JSON has no 012345: a code with leading zeros arrives as a shorter integer and is padded back (reference section 9 gotcha 1). */
function readCode(totp: Json | undefined, wire: NubraTotpWire): string | undefined {
  if (typeof totp === "number" && wire !== "string") {
    return Number.isInteger(totp) && totp >= 0 && totp <= 999_999 ? String(totp).padStart(6, "0") : undefined;
  }
  if (typeof totp === "string" && wire !== "integer") return /^\d{6}$/.test(totp) ? totp : undefined;
  return undefined;
}

/** Call 5 of reference section 4: the last step of a login, and the whole of a renewal. */
export const verifyPin: NubraStep = {
  name: "verifypin",
  methods: () => ["POST"],
  path: "/verifypin",
  body: "object",
  required: ["authorization", "x-device-id"],
  // x-temp-token is not merely unwanted here: it is refused in every mode (reference section 12 rule 4).
  unwanted: [],
  fields: ["pin"],
  run(context) {
    const { broker, account: state, at, request } = context;
    const { pin } = context.body;
    if (request.headers["x-temp-token"] !== undefined) return refuseStep(context, "temp-token-on-verifypin");
    if (typeof pin !== "string" || !/^\d{4,6}$/.test(pin)) return refuseInput(context, "pin", PIN_RULE);

    const bearer = bearerOf(request);
    if (bearer === undefined) return refuseStep(context, "missing-header", undefined, "Authorization is no bearer");
    const granted = state?.authTokens.find(({ token }) => token === bearer);
    if (state === undefined || granted === undefined) {
      return refuseDeadToken(
        context,
        accountBySession(broker, bearer) === undefined ? "unknown-auth-token" : "session-as-auth-token",
      );
    }
    const old = granted.minted > 0 ? play(context, "auth-token-expired") : undefined;
    if (old !== undefined || granted.expiresAt <= at) {
      state.authTokens = state.authTokens.filter((one) => one !== granted);
      return refuseDeadToken(context, "auth-token-expired", old);
    }
    if (granted.deviceId !== header(context, "x-device-id")) return refuseDeadToken(context, "wrong-device");

    const lockout = play(context, "lockout");
    if (state.locked || lockout !== undefined) return refuseStep(context, "locked", lockout);
    const wrong = play(context, "wrong-pin");
    if (wrong !== undefined || pin !== state.mpin) {
      countWrongFactor(state);
      return refuseStep(context, "wrong-pin", wrong);
    }
    const session = mintSession(broker, state, granted);
    const { email, phone, userId } = state.account;
    return accept(context, 200, {
      email,
      message: "Login Successful",
      next: "DASHBOARD",
      phone,
      session_token: session.token,
      userId,
    });
  },
};
