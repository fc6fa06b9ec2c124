import { providerConformance, testContext } from "@x/core/testing";
import { describe, it } from "vitest";
import { demoApp, demoCustomers } from "./sandbox/sandbox.ts";
import { openTestEnvironment, pageOf } from "./testing/test-environment.ts";

describe("the example broker", () => {
  providerConformance({ describe, it }, async () => {
    const { provider, account, sandbox, clock, ...test } = await openTestEnvironment();
    return {
      provider,
      account: { ...account },
      otherAccount: { ...account, userId: demoCustomers[1] },
      markers: [demoApp.apiKey, demoApp.apiSecret, demoCustomers[0]],
      origins: [sandbox.url],
      calls: {
        // The first step sends nothing: a person opens a page.
        login: [[], ["otp > POST /session/token"]],
        probe: ["GET /user/profile"],
        revoke: ["DELETE /session/token"],
      },
      refusals: {
        login: [
          {
            call: "POST /session/token",
            status: 403,
            json: { status: "error", error_type: "TokenException" },
            code: "otp_rejected",
          },
          {
            call: "POST /session/token",
            status: 403,
            json: { status: "error", error_type: "ChecksumException" },
            code: "invalid_credentials",
          },
        ],
      },
      verdicts: {
        dead: [{ path: "/portfolio/holdings", status: 403, json: { error_type: "TokenException" } }],
        living: [
          { path: "/reports", status: 403, json: { error_type: "PermissionException" }, code: "permission_denied" },
          { path: "/reports", status: 403, code: "permission_denied" },
          { path: "/orders", status: 429, headers: { "retry-after": "3" }, code: "rate_limited" },
          { path: "/orders", status: 503, code: "broker_unavailable" },
        ],
      },
      // The next 06:00 IST, which is 00:30 UTC.
      endsAt: (issuedAt) => (Math.floor((issuedAt - 1_800_000) / 86_400_000) + 1) * 86_400_000 + 1_800_000,
      context: (options) => testContext({ clock, ...options }),
      answer: (challenge) => sandbox.logInAtPage(pageOf({ kind: "challenge", challenge })),
      endSessions: () => sandbox.endSessions(demoCustomers[0]),
      // The journal leaves the browser out: a person at the login page is no request of the adapter.
      arrived: () => sandbox.journal.arrivals.length,
      cleanup: async () => test[Symbol.asyncDispose](),
    };
  });
});
