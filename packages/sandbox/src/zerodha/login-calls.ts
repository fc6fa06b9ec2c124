import { createHash } from "node:crypto";
import { istStamp } from "../ist.ts";
import type { JsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";
import { textOf } from "../scenario.ts";
import {
  type Account,
  type ZerodhaSession,
  endOf,
  endSessions,
  mintSession,
  spendRequestToken,
} from "./account-state.ts";
import { varied } from "./answer-variants.ts";
import { type ZerodhaBroker, appOf } from "./broker.ts";
import { TOKEN_TEXTS, inputRefusal, tokenRefusal } from "./refusal.ts";
import { type StepContext, accepted, authorizationOf, isReply, refused } from "./step.ts";
import { admit } from "./session-gate.ts";

/** Call 2: a request token for a session. Whatever comes of it, the request token is spent: our choice where the checksum is wrong. */
export function sessionToken(broker: ZerodhaBroker, context: StepContext): Reply {
  const fields = readForm(context, ["api_key", "request_token", "checksum"]);
  if (isReply(fields)) return fields;
  const { api_key: apiKey = "", request_token: requestToken = "", checksum = "" } = fields;
  const app = appOf(broker, apiKey);
  if (app === undefined) return refused(context, tokenRefusal("unknown-app", TOKEN_TEXTS.credentials));
  const account = broker.accounts.find(({ state }) => state.requestTokens.some(({ token }) => token === requestToken));
  const good = account !== undefined && spendRequestToken(account, requestToken, broker.now()) !== undefined;
  const wrongSecret = context.take("wrong-secret");
  if (wrongSecret !== undefined || checksum !== checksumOf(app, requestToken)) {
    const text = wrongSecret === undefined ? undefined : textOf(wrongSecret, "text");
    return refused(context, tokenRefusal("wrong-checksum", text ?? TOKEN_TEXTS.checksum));
  }
  const spent = context.take("spent-request-token");
  if (spent !== undefined || account === undefined || !good || account.customer.apiKey !== apiKey) {
    const text = spent === undefined ? undefined : textOf(spent, "text");
    return refused(context, tokenRefusal("request-token", text ?? TOKEN_TEXTS.token));
  }
  const session = mintSession(account, broker.now(), { endOthers: broker.exclusive });
  context.request.entry.tell({ account: account.customer.name });
  return accepted(context, varied(context, grantOf(account, session)));
}

/** Call 5, for approved platforms only. What it does to the older token is not known: taken as a login. */
export function refreshToken(broker: ZerodhaBroker, context: StepContext): Reply {
  const fields = readForm(context, ["api_key", "refresh_token", "checksum"]);
  if (isReply(fields)) return fields;
  const { api_key: apiKey = "", refresh_token: given = "", checksum = "" } = fields;
  const app = appOf(broker, apiKey);
  const account = given === "" ? undefined : accountByRefreshToken(broker, given);
  if (app === undefined || checksum !== checksumOf(app, given))
    return refused(context, tokenRefusal("wrong-checksum", TOKEN_TEXTS.checksum));
  if (account === undefined) return refused(context, tokenRefusal("refresh-token"));
  const session = mintSession(account, broker.now(), { endOthers: true });
  return accepted(context, varied(context, grantOf(account, session)));
}

/** Call 4. The token stands in the query as well as in the header (reference section 2). */
export function logout(broker: ZerodhaBroker, context: StepContext): Reply {
  const { query } = context.request;
  const refresh = query.get("refresh_token");
  if (query.get("api_key") === null || (query.get("access_token") ?? refresh) === null)
    return refused(context, inputRefusal("missing-field", "Missing `api_key` or `access_token`."));
  if (refresh !== null) {
    const account = accountByRefreshToken(broker, refresh);
    if (account === undefined) return refused(context, tokenRefusal("refresh-token"));
    const sessions = account.state.sessions.map((one) =>
      one.refreshToken === refresh ? { ...one, refreshToken: "" } : one,
    );
    account.state = { ...account.state, sessions };
    return accepted(context, { status: 200, body: { status: "success", data: true } });
  }
  if (authorizationOf(context.request) === undefined)
    context.request.entry.note("logout without an Authorization header");
  const pair = { apiKey: query.get("api_key") ?? "", token: query.get("access_token") ?? "" };
  const admitted = admit(broker, context, pair);
  if (isReply(admitted)) return admitted;
  endSessions(admitted.account, broker.now(), "logged-out", { token: pair.token });
  return accepted(context, { status: 200, body: { status: "success", data: true } });
}

function accountByRefreshToken(broker: ZerodhaBroker, given: string): Account | undefined {
  const now = broker.now();
  return broker.accounts.find(({ state }) =>
    state.sessions.some((one) => one.refreshToken === given && endOf(one, now) === undefined),
  );
}

/** Lower-case hex SHA-256 of the three in one, without separators (reference section 2). */
function checksumOf({ customer }: Account, token: string): string {
  return createHash("sha256").update(`${customer.apiKey}${token}${customer.apiSecret}`).digest("hex");
}

/** What the login answers (reference section 2). */
function grantOf({ customer }: Account, session: ZerodhaSession): JsonObject {
  const name = customer.userName ?? "TEST USER";
  return {
    user_type: "individual",
    email: `${customer.userId.toLowerCase()}@example.com`,
    user_name: name,
    user_shortname: name.split(" ")[0] ?? name,
    broker: "ZERODHA",
    exchanges: ["NSE", "NFO", "BSE"],
    products: ["CNC", "NRML", "MIS"],
    order_types: ["MARKET", "LIMIT", "SL", "SL-M"],
    avatar_url: null,
    user_id: customer.userId,
    api_key: customer.apiKey,
    access_token: session.token,
    public_token: session.publicToken,
    refresh_token: session.refreshToken,
    login_time: istStamp(session.mintedAt).slice(0, 19),
    meta: { demat_consent: "consent" },
  };
}

/** The form's fields, each there once and none but these. */
function readForm(context: StepContext, names: readonly string[]): Readonly<Record<string, string>> | Reply {
  const echo = context.take("echo-secrets");
  if (echo !== undefined) {
    const sent = context.request.body.toString("utf8");
    return refused(context, inputRefusal("echo", `Cannot process ${sent}`));
  }
  for (const name of names) {
    if (context.form.getAll(name).length !== 1)
      return refused(context, inputRefusal("missing-field", `Missing or repeated \`${name}\`.`));
  }
  return Object.fromEntries(context.form);
}
