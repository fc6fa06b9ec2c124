import { generateSecret } from "otplib";
import { type AccountState, countWrongFactor, endSessions } from "./account-state.ts";
import { type NubraStep, type StepContext, accept, isReply, play, PIN_RULE, refuseInput, refuseStep } from "./step.ts";
import { admit } from "./session-gate.ts";
import type { Reply } from "../reply.ts";

const session = { required: ["x-device-id"], unwanted: ["x-temp-token"] } as const;

/** Call 6. Each call makes a new secret and forgets the one before (reference section 12 rule 13). */
export const generateTotpSecret: NubraStep = {
  ...session,
  name: "totp-generate-secret",
  // Reference section 10 row 3: the original page says POST, everybody else GET.
  methods: (profile) => (profile === "documented" ? ["GET", "POST"] : ["GET"]),
  path: "/totp/generate-secret",
  body: "none",
  fields: [],
  run(context) {
    const admitted = admit(context);
    if (isReply(admitted)) return admitted;
    // 20 random bytes are 32 base32 characters, as the broker's are.
    const secret = generateSecret({ length: 20 });
    admitted.state.pendingSecret = secret;
    return accept(context, 200, {
      data: { secret_key: secret, qr_image: "data:image/png;base64,AAAA" },
      message: "Enable TOTP flow by verifying TOTP",
    });
  },
};

/** Call 7. The code is a string here, with its zeros, unlike at /totp/login. */
export const enableTotp: NubraStep = {
  ...session,
  name: "totp-enable",
  methods: () => ["POST"],
  path: "/totp/enable",
  codeInPath: true,
  body: "object",
  fields: ["mpin", "totp"],
  run(context) {
    const admitted = admit(context);
    if (isReply(admitted)) return admitted;
    const { state } = admitted;
    const { mpin, totp = codeInPath(context) } = context.body;
    if (!isMpin(mpin)) return refuseInput(context, "mpin", PIN_RULE);
    if (typeof totp !== "string" || !/^\d{6}$/.test(totp))
      return refuseInput(context, "totp", "six digits as a text, with their zeros");
    const locked = refusedLock(context, state);
    if (locked !== undefined) return locked;
    if (state.pendingSecret === null) return refuseStep(context, "no-secret-pending");
    const pin = refusedPin(context, state, mpin);
    if (pin !== undefined) return pin;
    const verdict = context.broker.totp.verify(state.account.name, state.pendingSecret, totp, context.at);
    const wrong = play(context, "wrong-totp");
    if (wrong !== undefined || verdict !== "accepted") {
      countWrongFactor(state);
      return refuseStep(context, verdict === "used" ? "used-totp" : "wrong-totp", wrong);
    }
    state.totpSecret = state.pendingSecret;
    state.pendingSecret = null;
    if (play(context, "enable-logs-out") !== undefined) endSessions(state, "logged-out");
    return accept(context, 200, { message: "TOTP verified successfully" });
  },
};

/** Call 8. */
export const disableTotp: NubraStep = {
  ...session,
  name: "totp-disable",
  methods: () => ["POST"],
  path: "/totp/disable",
  body: "object",
  fields: ["mpin"],
  run(context) {
    const admitted = admit(context);
    if (isReply(admitted)) return admitted;
    const { state } = admitted;
    const { mpin } = context.body;
    if (!isMpin(mpin)) return refuseInput(context, "mpin", PIN_RULE);
    const refused = refusedLock(context, state) ?? refusedPin(context, state, mpin);
    if (refused !== undefined) return refused;
    state.totpSecret = null;
    state.pendingSecret = null;
    return accept(context, 200, { message: "Disabled TOTP successfully" });
  },
};

function codeInPath({ request, step }: StepContext): string | undefined {
  return request.path.endsWith(step.path) ? undefined : request.path.split("/").at(-1);
}

function isMpin(value: unknown): value is string {
  return typeof value === "string" && /^\d{4,6}$/.test(value);
}

function refusedLock(context: StepContext, state: AccountState): Reply | undefined {
  const lockout = play(context, "lockout");
  return state.locked || lockout !== undefined ? refuseStep(context, "locked", lockout) : undefined;
}

function refusedPin(context: StepContext, state: AccountState, mpin: string): Reply | undefined {
  const wrong = play(context, "wrong-pin");
  if (wrong === undefined && mpin === state.mpin) return undefined;
  countWrongFactor(state);
  return refuseStep(context, "wrong-pin", wrong);
}
