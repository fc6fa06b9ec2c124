import { fakeClock, type ProviderTestEnvironment, providerConformance, testContext } from "@x/core/testing";
import { createSandboxClock, demoAccounts, startKotakNeoSandbox } from "@x/sandbox";
import { describe, it } from "vitest";
import type { KotakNeoApi } from "./endpoints.ts";
import { kotakNeo } from "./provider.ts";

const [hedge, spare] = demoAccounts.kotakNeo;

// kotak-neo.md section 4, calls 1 and 2.
const loginPaths = {
  "trade-api": ["/login/1.0/tradeApiLogin", "/login/1.0/tradeApiValidate"],
  "totp-v6": ["/login/1.0/login/v6/totp/login", "/login/1.0/login/v6/totp/validate"],
} as const;
const positions = "/quick/user/positions";
const sessionCalls: Omit<ProviderTestEnvironment["calls"], "login" | "byHand"> = {
  probe: ["GET /login/1.0/get-client-ip", `GET ${positions}`],
  network: ["GET /login/1.0/get-client-ip"],
  serverTime: ["GET /login/1.0/get-client-ip"],
  socket: { market: [], orders: [] },
};

// kotak-neo.md section 8.1: shapes of a refusal, one of them under HTTP 200.
const listed = (code: string, message: string) => ({ status: 401, json: { error: [{ code, message }] } });
const inside = (stCode: number, errMsg: string) => ({ status: 200, json: { stCode, errMsg, status: "failure" } });
const documented = (message: string) => ({ status: 401, json: { status: "error", errorCode: "401", message } });
const description = "Access failure for API. Make sure you have provided the correct security credentials";
const gateway = { code: "900901", type: "Status report", message: "Invalid Credentials", description };

/** kotak-neo.md section 8.2. */
function refusalsOf([totpPath, mpinPath]: readonly [string, string]): ProviderTestEnvironment["refusals"] {
  const [sendsCode, sendsMpin] = [`POST ${totpPath}`, `POST ${mpinPath}`];
  return {
    login: [
      { call: sendsCode, ...listed("401", "Invalid TOTP"), code: "totp_rejected" },
      { call: sendsCode, ...documented("Invalid credentials or TOTP."), code: "invalid_credentials" },
      { call: sendsCode, ...inside(429, "Invalid UCC"), code: "invalid_credentials" },
      { call: sendsCode, ...listed("70009", "User locked due to Bad tries"), code: "account_locked" },
      { call: sendsCode, status: 401, json: gateway, code: "invalid_credentials" },
      { call: sendsMpin, ...inside(401, "Invalid MPIN"), code: "pin_rejected" },
      { call: sendsMpin, ...documented("Invalid MPIN."), code: "pin_rejected" },
      { call: sendsMpin, status: 401, json: { status: "error", errorCode: "401" }, code: "pin_rejected" },
      { call: sendsMpin, status: 401, code: "pin_rejected" },
      { call: sendsMpin, ...inside(100_022, "invalid session token"), code: "challenge_expired" },
      { call: sendsMpin, status: 401, json: { fault: gateway }, code: "challenge_expired" },
      {
        call: sendsMpin,
        status: 401,
        json: { stat: "Not_Ok", error: [{ code: "10020", message: "Invalid login" }], tid: "server-0000-0001" },
        code: "challenge_expired",
      },
    ],
  };
}

// kotak-neo.md section 8.3.
const verdicts: ProviderTestEnvironment["verdicts"] = {
  dead: [
    { path: positions, status: 200, json: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } },
    { path: positions, status: 200, json: { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" } },
    {
      path: positions,
      status: 200,
      json: { data: { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" } },
    },
    { path: positions, status: 401, json: { stat: "Not_Ok", stCode: 401, message: "Expired session" } },
    { path: positions, status: 401, json: { fault: { code: "900901", message: "Invalid Credentials" } } },
    { path: positions, status: 401 },
  ],
  living: [
    { path: positions, status: 200, json: { stat: "Not_Ok", stCode: 5203, emsg: "No Data" } },
    {
      method: "POST",
      path: "/quick/order/rule/ms/place",
      status: 400,
      json: { stat: "Not_Ok", stCode: 1004, emsg: "invalid" },
    },
    ...[100_008, 1037].map((stCode) => {
      const json = { stat: "Not_Ok", stCode, errMsg: "unauthorized" };
      return { path: positions, status: 200, json, code: "ip_not_allowed" } as const;
    }),
    { path: positions, status: 401, json: { message: "unauthorized" }, code: "permission_denied" },
    { path: positions, status: 403, code: "permission_denied" },
    { path: positions, status: 401, headers: { "content-type": "text/html" } },
    { path: positions, status: 403, headers: { "content-type": "text/html" }, code: "permission_denied" },
    { path: positions, status: 200, json: { stat: "Ok", stCode: 200, data: { code: "1003", message: "Holding" } } },
    { path: "/script-details/1.0/quotes", status: 401, json: { stat: "Not_Ok", stCode: 100_022 } },
    { path: positions, status: 429, headers: { "retry-after": "3" }, code: "rate_limited" },
    { path: positions, status: 424, json: { stat: "Not_Ok", stCode: 424 }, code: "broker_unavailable" },
    { path: positions, status: 503, headers: { "content-type": "text/html" }, code: "broker_unavailable" },
  ],
};

/** The next 00:00 IST (kotak-neo.md section 6). */
function nextMidnight(issuedAt: number): number {
  const [dayMs, indiaMs] = [86_400_000, 19_800_000];
  return (Math.floor((issuedAt + indiaMs) / dayMs) + 1) * dayMs - indiaMs;
}

describe.each(["trade-api", "totp-v6"] as const)("Kotak Neo by %s", (api: KotakNeoApi) => {
  providerConformance({ describe, it }, async () => {
    // 2031-03-03 09:00 IST, ten seconds into a TOTP step and in the middle of a second.
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const sandbox = await startKotakNeoSandbox({ api, clock: createSandboxClock({ now: () => clock.now() }) });
    const where = { environment: "sandbox", loginBaseUrl: sandbox.loginUrl };
    const account = (known: typeof hedge) => {
      const { accessToken, mobileNumber, ucc, mpin, totpSecret } = known!;
      return { accessToken, mobileNumber, ucc, mpin, totpSecret, ...where };
    };
    // Not "hedge": its UCC is the example of the documentation, which the adapter repeats in its descriptions.
    const { accessToken, mobileNumber, ucc, mpin, totpSecret } = spare!;
    const [totpPath, mpinPath] = loginPaths[api];
    const [sendsCode, sendsMpin] = [`totp > POST ${totpPath}`, `mpin > POST ${mpinPath}`];
    return {
      provider: kotakNeo({ api }),
      account: account(spare),
      otherAccount: account(hedge),
      markers: [accessToken, mobileNumber, ucc, mpin, totpSecret],
      origins: [sandbox.loginUrl, sandbox.tradingUrl, sandbox.tradingUrl.replace("http", "ws")],
      calls: { login: [[sendsCode, sendsMpin]], byHand: [[], [sendsCode], [sendsMpin]], ...sessionCalls },
      refusals: refusalsOf(loginPaths[api]),
      verdicts,
      endsAt: nextMidnight,
      context: (options) => testContext({ clock, ...options }),
      answer: ({ kind }) => (kind === "totp" ? sandbox.totpCode("spare") : mpin),
      endSessions: () => clock.advance(86_400_000),
      arrived: () => sandbox.journal.count(),
      cleanup: () => sandbox.close(),
    };
  });
});
