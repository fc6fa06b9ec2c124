import { countWrongFactor } from "./account-state.ts";
import {
  type NubraStep,
  accept,
  bearerOf,
  header,
  play,
  refuseDeadToken,
  PIN_RULE,
  refuseInput,
  refuseStep,
} from "./nubra-step.ts";
import { mintSession } from "./nubra-token.ts";
import { accountBySession } from "./nubra-world.ts";

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
    const { world, account: state, at, request } = context;
    const { pin } = context.body;
    if (request.headers["x-temp-token"] !== undefined) return refuseStep(context, "temp-token-on-verifypin");
    if (typeof pin !== "string" || !/^\d{4,6}$/.test(pin)) return refuseInput(context, "pin", PIN_RULE);

    const bearer = bearerOf(request);
    if (bearer === undefined) return refuseStep(context, "missing-header", undefined, "Authorization is no bearer");
    const granted = state?.authTokens.find(({ token }) => token === bearer);
    if (state === undefined || granted === undefined) {
      return refuseDeadToken(
        context,
        accountBySession(world, bearer) === undefined ? "unknown-auth-token" : "session-as-auth-token",
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
    const session = mintSession(world, state, granted);
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
