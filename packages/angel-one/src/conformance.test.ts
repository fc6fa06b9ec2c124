import { type ProviderTestEnvironment, providerConformance, testContext } from "@x/core/testing";
import { describe, it } from "vitest";
import { refusedBy, stoppedBy } from "./testing/answers.ts";
import { openTestEnvironment } from "./testing/test-environment.ts";

const [login, renewal] = ["loginByPassword", "generateTokens"].map((name) =>
  name === "loginByPassword"
    ? `POST /rest/auth/angelbroking/user/v1/${name}`
    : `POST /rest/auth/angelbroking/jwt/v1/${name}`,
) as [string, string];
const secure = "/rest/secure/angelbroking";
const profile = `GET ${secure}/user/v1/getProfile`;
const [holdings, placeOrder] = [`${secure}/portfolio/v1/getHolding`, `${secure}/order/v1/placeOrder`];

// angel-one.md section 4: both envelopes, under HTTP 200.
const refusals: ProviderTestEnvironment["refusals"] = {
  login: [
    { call: login, status: 200, json: refusedBy("AB1050", "Invalid totp"), code: "totp_rejected" },
    {
      call: login,
      status: 200,
      json: { status: "false", message: "Invalid totp", errorcode: "AB1050", data: "null" },
      code: "totp_rejected",
    },
    { call: login, status: 200, json: refusedBy("AB1000", "Invalid email or password"), code: "invalid_credentials" },
    {
      call: login,
      status: 200,
      json: refusedBy("AB1007", "Login Id or password is invalid"),
      code: "invalid_credentials",
    },
    { call: login, status: 200, json: refusedBy("AB1007", "AMX Error"), code: "invalid_credentials" },
    { call: login, status: 200, json: refusedBy("AB1007", "USER IS BLOCKED FOR TRADING"), code: "account_locked" },
    { call: login, status: 200, json: refusedBy("AB1006", "Client is blocked for trading"), code: "account_locked" },
    { call: login, status: 200, json: stoppedBy("AG8004", "Invalid API Key"), code: "configuration" },
    { call: login, status: 200, json: refusedBy("AB1004", "Something Went Wrong"), code: "outcome_unknown" },
    { call: login, status: 200, json: refusedBy("AB2001", "Internal Error"), code: "outcome_unknown" },
    { call: login, status: 200, json: refusedBy("AB9999", "Words that nobody knows"), code: "invalid_credentials" },
    { call: login, status: 401, code: "invalid_credentials" },
    {
      call: login,
      status: 403,
      json: stoppedBy("", "Access denied because of exceeding rate limit"),
      code: "rate_limited",
    },
    { call: login, status: 403, json: stoppedBy("", "Words that nobody knows"), code: "permission_denied" },
  ],
  renew: [
    { call: renewal, status: 200, json: refusedBy("AB8050", "Invalid Refresh Token"), code: "session_expired" },
    { call: renewal, status: 200, json: refusedBy("AB8051", "Refresh Token Expired"), code: "session_expired" },
    { call: renewal, status: 200, json: stoppedBy("AG8001", "Invalid Token"), code: "session_expired" },
    { call: renewal, status: 200, json: refusedBy("AB9999", "Words that nobody knows"), code: "session_expired" },
    { call: renewal, status: 401, code: "session_expired" },
    { call: renewal, status: 200, json: refusedBy("AB1006", "Client is blocked for trading"), code: "account_locked" },
    { call: renewal, status: 200, json: stoppedBy("AG8004", "Invalid API Key"), code: "configuration" },
    { call: renewal, status: 200, json: refusedBy("AB2001", "Internal Error"), code: "outcome_unknown" },
    { call: renewal, status: 403, json: stoppedBy("", "exceeding access rate"), code: "rate_limited" },
  ],
};

// Sections 4 and 5.
const verdicts: ProviderTestEnvironment["verdicts"] = {
  dead: [
    ...["AG8001", "AG8002", "AG8003"].map((code) => ({ path: holdings, status: 200, json: stoppedBy(code) })),
    ...["AB1010", "AB1011", "AG8001"].map((code) => ({ path: holdings, status: 200, json: refusedBy(code) })),
    { path: holdings, status: 401 },
    { path: holdings, status: 403, json: stoppedBy("AG8001", "Invalid Token") },
    { path: holdings, status: 403 },
  ],
  living: [
    {
      path: holdings,
      status: 403,
      json: stoppedBy("", "Access denied because of exceeding rate limit"),
      code: "rate_limited",
    },
    { path: holdings, status: 403, json: stoppedBy("", "exceeding access rate"), code: "rate_limited" },
    { path: holdings, status: 403, json: stoppedBy("AB9999", "not in your plan"), code: "permission_denied" },
    { path: holdings, status: 403, headers: { "content-type": "text/html" }, code: "permission_denied" },
    {
      method: "POST",
      path: placeOrder,
      status: 200,
      json: stoppedBy("AG7002", "Access denied: Unregistered IP address"),
      code: "ip_not_allowed",
    },
    { method: "POST", path: placeOrder, status: 200, json: refusedBy("AB1006", "Client is blocked for trading") },
    { method: "POST", path: placeOrder, status: 400 },
    { path: holdings, status: 200, json: stoppedBy("AG8004", "Invalid API Key"), code: "configuration" },
    { path: holdings, status: 401, headers: { "content-type": "text/html" } },
    { path: holdings, status: 200, headers: { "content-type": "text/html" } },
    { path: holdings, status: 429, headers: { "retry-after": "3" }, code: "rate_limited" },
    { path: holdings, status: 503, code: "broker_unavailable" },
    { path: holdings, status: 500, json: stoppedBy("AG8001"), code: "broker_unavailable" },
  ],
};

describe("Angel One", () => {
  providerConformance({ describe, it }, async () => {
    const { provider, input, sandbox, clock, ...environment } = await openTestEnvironment();
    const { apiKey, clientCode, pin, totpSecret } = sandbox.accountInput("main");
    const other = sandbox.accountInput("spare");
    return {
      provider,
      account: { ...input },
      otherAccount: { ...input, clientCode: other.clientCode, apiKey: other.apiKey },
      markers: [apiKey, clientCode, pin, totpSecret],
      origins: [sandbox.url, sandbox.url.replace("http", "ws")],
      calls: {
        login: [[`mpin totp > ${login}`]],
        byHand: [[], [`mpin totp > ${login}`]],
        renew: [renewal],
        probe: [profile],
        revoke: [`POST ${secure}/user/v1/logout`],
        serverTime: [profile],
        socket: { market: [], orders: [] },
      },
      refusals,
      verdicts,
      // The next 00:00 IST, which is 18:30 UTC.
      endsAt: (issuedAt) => (Math.floor((issuedAt + 19_800_000) / 86_400_000) + 1) * 86_400_000 - 19_800_000,
      context: (options) => testContext({ clock, ...options }),
      answer: () => sandbox.totpCode("main"),
      endSessions: () => sandbox.endSessions("main"),
      arrived: () => sandbox.journal.count(),
      cleanup: async () => environment[Symbol.asyncDispose](),
    };
  });
});
