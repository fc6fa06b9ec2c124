import type { Reply } from "../reply.ts";
import { textOf } from "../scenario.ts";
import { type Account, countWrongFactor, endSessions, mintSession, spendRefreshToken } from "./account-state.ts";
import { granted, success } from "./answer-variants.ts";
import type { AngelOneBroker } from "./broker.ts";
import {
  LOCKED,
  MISSING_TOKEN,
  REFRESH_EXPIRED,
  REFRESH_INVALID,
  type Refusal,
  USED_TOTP,
  WRONG_API_KEY,
  WRONG_CLIENT,
  WRONG_PIN,
  WRONG_TOTP,
  inputRefusal,
  internalError,
} from "./refusal.ts";
import { admit } from "./session-gate.ts";
import { type StepContext, accepted, bearerOf, isReply, refused } from "./step.ts";

/** Call 1. The order of the checks is our choice: form, key, customer, lock, TOTP, PIN. The time step is spent whatever is wrong. */
export function login(broker: AngelOneBroker, context: StepContext): Reply {
  const { clientcode, password, totp, state } = context.body;
  if (!isText(clientcode)) return refused(context, inputRefusal("missing-field", "clientcode is missing"));
  if (!isText(password)) return refused(context, inputRefusal("missing-field", "password is missing"));
  // A number has lost its leading zeros.
  if (!isText(totp) || !/^\d{6}$/.test(totp)) return refused(context, inputRefusal("missing-field", "totp is missing"));
  const account = broker.accounts.find(({ customer }) => customer.clientCode === clientcode);
  const wrongKey = context.take("wrong-api-key");
  const apiKey = context.request.headers["x-privatekey"];
  if (wrongKey !== undefined || !broker.accounts.some(({ customer }) => customer.apiKey === apiKey))
    return refused(context, WRONG_API_KEY);
  if (account === undefined) return refused(context, WRONG_CLIENT);
  if (account.state.locked) return refused(context, LOCKED);
  const { customer } = account;

  const verdict = broker.totp.verify(customer.name, customer.totpSecret, totp, broker.now());
  const echo = context.take("echo-secrets");
  if (echo !== undefined)
    return refuseFactor(context, account, { ...WRONG_PIN, message: `Cannot process ${JSON.stringify(context.body)}` });
  const internal = context.take("internal");
  if (internal !== undefined) return refused(context, internalError(textOf(internal, "code") ?? "AB1004"));
  // AB1050 also where key and customer do not belong together (reference section 4).
  if (context.take("wrong-totp") !== undefined || apiKey !== customer.apiKey)
    return refuseFactor(context, account, WRONG_TOTP);
  if (verdict !== "accepted") return refuseFactor(context, account, verdict === "used" ? USED_TOTP : WRONG_TOTP);
  const wrongPin = context.take("wrong-pin");
  if (wrongPin !== undefined || password !== customer.pin) {
    const { code, message } = WRONG_PIN;
    const said = {
      code: textOf(wrongPin ?? none, "code") ?? code,
      message: textOf(wrongPin ?? none, "text") ?? message,
    };
    return refuseFactor(context, account, { ...WRONG_PIN, ...said });
  }
  const session = mintSession(account, broker.now(), broker.mint);
  return accepted(context, granted(context, session, state));
}

const none = { name: "none" };

/** Call 2. The JWT may have ended; that a call without one is refused is our choice. */
export function renew(broker: AngelOneBroker, context: StepContext): Reply {
  if (bearerOf(context.request) === undefined) return refused(context, MISSING_TOKEN);
  const { refreshToken } = context.body;
  if (!isText(refreshToken)) return refused(context, inputRefusal("missing-field", "refreshToken is missing"));
  if (context.take("refresh-invalid") !== undefined) return refused(context, REFRESH_INVALID);
  if (context.take("refresh-expired") !== undefined) return refused(context, REFRESH_EXPIRED);
  const account = broker.accounts.find(({ state }) => state.sessions.some((one) => one.refreshToken === refreshToken));
  const session = account?.state.sessions.find((one) => one.refreshToken === refreshToken);
  if (account === undefined || session === undefined || session.renewedOrOut === true)
    return refused(context, REFRESH_INVALID);
  if (account.customer.apiKey !== context.request.headers["x-privatekey"]) return refused(context, WRONG_API_KEY);
  if (broker.now() >= session.refreshExpiresAt) return refused(context, REFRESH_EXPIRED);
  spendRefreshToken(account, refreshToken);
  const minted = mintSession(account, broker.now(), { ...broker.mint, endOthers: true });
  return accepted(context, granted(context, minted, undefined));
}

/** Call 4. */
export function logout(broker: AngelOneBroker, context: StepContext): Reply {
  const admitted = admit(broker, context);
  if (isReply(admitted)) return admitted;
  const { account, session } = admitted;
  if (context.body["clientcode"] !== account.customer.clientCode)
    return refused(context, inputRefusal("wrong-client", "clientcode is not that of the session"));
  endSessions(account, broker.now(), "logged-out", { jwt: session.jwt });
  return accepted(context, { status: 200, body: success("") });
}

function refuseFactor(context: StepContext, account: Account, refusal: Refusal): Reply {
  countWrongFactor(account);
  return refused(context, refusal);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
