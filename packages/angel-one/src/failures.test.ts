import type { BrokerAnswer } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import type { AngelOneCallName } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { refusedBy, startedAt, stoppedBy } from "./testing/answers.ts";

function answerOf(status: number, json?: unknown, headers: Readonly<Record<string, string>> = {}): BrokerAnswer {
  const isPage = /html/.test(headers["content-type"] ?? "");
  const body = json !== undefined ? "json" : isPage ? "other" : "empty";
  const header = (name: string): string | undefined => headers[name];
  return {
    broker: "angel-one",
    title: "Angel One",
    step: "step",
    path: "/call",
    status,
    ok: status < 300,
    header,
    json,
    body,
  };
}

const page = { "content-type": "text/html" };
const refusedAt = (call: AngelOneCallName, answer: BrokerAnswer) => refusal(call, answer, { now: startedAt });

describe("a refused login", () => {
  it.each<[string, BrokerAnswer]>([
    ["totp_rejected", answerOf(200, refusedBy("AB1050", "Invalid totp"))],
    ["totp_rejected", answerOf(200, refusedBy("", "Invalid totp"))],
    ["totp_rejected", answerOf(500, refusedBy("", "Invalid TOTP"))],
    ["invalid_credentials", answerOf(200, refusedBy("AB1000"))],
    ["invalid_credentials", answerOf(200, refusedBy("AB1007", "Login Id or password is invalid"))],
    ["invalid_credentials", answerOf(200, refusedBy("AB1007", "AMX Error"))],
    ["account_locked", answerOf(200, refusedBy("AB1007", "USER IS BLOCKED FOR TRADING"))],
    ["account_locked", answerOf(200, refusedBy("AB1006", ""))],
    ["account_locked", answerOf(500, refusedBy("AB2001", "Account is locked"))],
    ["configuration", answerOf(200, stoppedBy("AG8004", "Invalid API Key"))],
    ["ip_not_allowed", answerOf(200, stoppedBy("AG7002"))],
    ["outcome_unknown", answerOf(200, refusedBy("AB1004"))],
    ["outcome_unknown", answerOf(200, refusedBy("AB2001"))],
    ["outcome_unknown", answerOf(500, refusedBy("AB1007"))],
    ["outcome_unknown", answerOf(502, undefined, page)],
    ["invalid_credentials", answerOf(200, refusedBy("AB9999"))],
    ["invalid_credentials", answerOf(400, refusedBy(""))],
    ["invalid_credentials", answerOf(401)],
    ["rate_limited", answerOf(403, stoppedBy("", "Access denied because of exceeding rate limit"))],
    ["rate_limited", answerOf(429)],
    ["permission_denied", answerOf(403, stoppedBy(""))],
    ["broker_unavailable", answerOf(403)],
    ["broker_unavailable", answerOf(403, undefined, page)],
    // The firewall's: a page under 200, nothing under 400.
    ["protocol_error", answerOf(200, undefined, page)],
    ["protocol_error", answerOf(400)],
    ["protocol_error", answerOf(401, undefined, page)],
    ["protocol_error", answerOf(404, {})],
    ["protocol_error", answerOf(200, {})],
  ])("is %s by %o", (code, answer) => {
    expect(refusedAt("login", answer).code).toBe(code);
  });

  it("blames the API key by its field, which no code of the authenticator mends", () => {
    expect(refusedAt("login", answerOf(200, stoppedBy("AG8004"))).field).toBe("apiKey");
  });
});

describe("a refused renewal", () => {
  it.each<[string, BrokerAnswer]>([
    ["session_expired", answerOf(200, refusedBy("AB8050"))],
    ["session_expired", answerOf(200, refusedBy("AB8051"))],
    ["session_expired", answerOf(200, stoppedBy("AG8002"))],
    ["session_expired", answerOf(200, refusedBy("AB9999"))],
    ["session_expired", answerOf(401)],
    ["account_locked", answerOf(200, refusedBy("AB1006"))],
    ["outcome_unknown", answerOf(200, refusedBy("AB1004"))],
    ["outcome_unknown", answerOf(500)],
    ["session_expired", answerOf(403, stoppedBy(""))],
    ["rate_limited", answerOf(403, stoppedBy("", "exceeding access rate"))],
    ["broker_unavailable", answerOf(403)],
    ["protocol_error", answerOf(200, undefined, page)],
  ])("is %s by %o", (code, answer) => {
    expect(refusedAt("renewTokens", answer).code).toBe(code);
  });
});

describe("a refused logout", () => {
  it.each<[string, BrokerAnswer]>([
    ["session_expired", answerOf(200, stoppedBy("AG8001"))],
    ["session_expired", answerOf(200, refusedBy("AB1011"))],
    ["session_expired", answerOf(401)],
    ["permission_denied", answerOf(403)],
    ["broker_unavailable", answerOf(503)],
    ["broker_unavailable", answerOf(200, refusedBy("AB2001"))],
    ["rate_limited", answerOf(429)],
    ["protocol_error", answerOf(200, refusedBy("AB9999"))],
    ["protocol_error", answerOf(200)],
  ])("is %s by %o", (code, answer) => {
    expect(refusedAt("logout", answer).code).toBe(code);
  });
});

it("repeats nothing of the broker's text, and no code that is not the broker's own", () => {
  const error = refusedAt("login", answerOf(200, refusedBy("canary-code", "canary-text")));
  expect(error.brokerCode).toBeUndefined();
  expect(error.message + JSON.stringify(error)).not.toContain("canary");
  expect(refusedAt("login", answerOf(200, refusedBy("AB1050", "canary"))).brokerCode).toBe("AB1050");
});
