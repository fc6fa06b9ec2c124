import { providerConformance, testContext } from "@x/core/testing";
import { describe, it } from "vitest";
import { pageOf, refusedAs, openTestEnvironment } from "./testing/test-environment.ts";

const dead = refusedAs("TokenException", "Incorrect `api_key` or `access_token`.");
const grant = { call: "POST /session/token", status: 403 } as const;

describe("Zerodha", () => {
  providerConformance({ describe, it }, async () => {
    const { provider, input, sandbox, clock, ...test } = await openTestEnvironment();
    const { userId: other } = sandbox.accountInput("spare");
    const { apiKey, apiSecret, userId } = sandbox.accountInput("main");
    return {
      provider,
      account: { ...input },
      otherAccount: { ...input, userId: other },
      markers: [apiKey, apiSecret, userId],
      origins: [sandbox.url, sandbox.url.replace("http", "ws")],
      calls: {
        // The first step sends nothing: a person opens a page.
        login: [[], ["otp > POST /session/token"]],
        probe: ["GET /user/profile"],
        revoke: ["DELETE /session/token"],
        socket: { market: [], orders: [] },
      },
      tokenInAddress: ["DELETE /session/token"],
      refusals: {
        login: [
          { ...grant, json: refusedAs("TokenException", "Token is invalid or has expired."), code: "otp_rejected" },
          { ...grant, json: refusedAs("TokenException"), code: "otp_rejected" },
          { ...grant, json: refusedAs("TokenException", "Invalid `checksum`."), code: "invalid_credentials" },
          { ...grant, json: refusedAs("TokenException", "Invalid session credentials"), code: "invalid_credentials" },
          // Said under HTTP 200, which the official SDK takes for a refusal too.
          { ...grant, status: 200, json: refusedAs("TokenException"), code: "otp_rejected" },
          { ...grant, json: refusedAs("PermissionException"), code: "permission_denied" },
          { ...grant, json: refusedAs("UserException"), code: "permission_denied" },
          { ...grant, json: refusedAs("GeneralException", "IP (2001:db8::7) is not allowed"), code: "ip_not_allowed" },
        ],
      },
      verdicts: {
        dead: [
          { path: "/portfolio/holdings", status: 403, json: dead },
          { path: "/orders/regular", method: "POST", status: 403, json: dead },
          { path: "/portfolio/holdings", status: 403 },
          { path: "/portfolio/holdings", status: 403, headers: { "content-type": "text/html" } },
        ],
        living: [
          { path: "/quote", status: 403, json: refusedAs("PermissionException"), code: "permission_denied" },
          {
            path: "/orders/regular",
            method: "POST",
            status: 403,
            json: refusedAs("PermissionException", "IP (2001:db8::7) is not allowed"),
            code: "ip_not_allowed",
          },
          {
            path: "/orders/regular",
            method: "POST",
            status: 400,
            json: refusedAs("InputException", "IP (203.0.113.7) is not allowed"),
            code: "ip_not_allowed",
          },
          // Whatever the word beside it: the text is about the address.
          {
            path: "/orders/regular",
            method: "POST",
            status: 403,
            json: refusedAs("TokenException", "IP (203.0.113.7) is not allowed"),
            code: "ip_not_allowed",
          },
          { path: "/orders/regular", method: "POST", status: 400, json: refusedAs("OrderException") },
          { path: "/orders/regular", method: "POST", status: 403, json: refusedAs("MarginException") },
          { path: "/orders", status: 429, headers: { "retry-after": "3" }, code: "rate_limited" },
          { path: "/orders", status: 503, code: "broker_unavailable" },
          { path: "/orders", status: 502, json: refusedAs("NetworkException"), code: "broker_unavailable" },
        ],
      },
      // The next 06:00 IST, which is 00:30 UTC.
      endsAt: (issuedAt) => (Math.floor((issuedAt - 1_800_000) / 86_400_000) + 1) * 86_400_000 + 1_800_000,
      context: (options) => testContext({ clock, ...options }),
      answer: (challenge) => sandbox.logInAtPage(pageOf({ kind: "challenge", challenge }), "main"),
      endSessions: () => sandbox.masterLogout("main"),
      arrived: () => sandbox.journal.count(),
      cleanup: async () => test[Symbol.asyncDispose](),
    };
  });
});
