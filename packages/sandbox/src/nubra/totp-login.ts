import type { Json } from "../json.ts";
import { countWrongFactor } from "./account-state.ts";
import { type NubraStep, accept, header, play, refuseInput, refuseStep } from "./nubra-step.ts";
import { grantAuthToken } from "./nubra-token.ts";
import type { NubraTotpWire } from "./nubra-world.ts";
import { PHONE_RULE, isPhone } from "./send-phone-otp.ts";

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
    const { world, account: state, at, request } = context;
    const { phone, email, totp, otp } = context.body;
    const code = readCode(totp, world.totpWire);
    if (phone === undefined ? typeof email !== "string" : !isPhone(phone))
      return refuseInput(context, "phone", PHONE_RULE);
    if (code === undefined) return refuseInput(context, "totp", codeRules[world.totpWire]);
    if (otp !== undefined && typeof otp !== "string") return refuseInput(context, "otp", "a text, or left out");
    // Reference section 10 row 6: the original page logs in by e-mail, nearly everybody else by phone; section 11 does not assume it.
    if (phone === undefined) {
      request.entry.note("email at totp/login");
      if (world.lint && world.profile === "observed") return refuseStep(context, "lint");
    }
    if (state === undefined) return refuseStep(context, "unknown-phone");
    const lockout = play(context, "lockout");
    if (state.locked || lockout !== undefined) return refuseStep(context, "locked", lockout);
    const absent = play(context, "totp-not-enrolled");
    if (state.totpSecret === null || absent !== undefined) return refuseStep(context, "totp-not-enrolled", absent);

    const verdict = world.totp.verify(state.account.name, state.totpSecret, code, at);
    const wrong = play(context, "wrong-totp");
    if (wrong !== undefined || verdict !== "accepted") {
      countWrongFactor(state);
      return refuseStep(context, verdict === "used" ? "used-totp" : "wrong-totp", wrong);
    }
    const granted = grantAuthToken(world, state, header(context, "x-device-id"), "TOTP");
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
