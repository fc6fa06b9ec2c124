import type { BrokerAnswer } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import type { ZerodhaCallName } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { refusedAs, startedAt } from "./testing/test-environment.ts";

function answerOf(status: number, json?: unknown, headers: Readonly<Record<string, string>> = {}): BrokerAnswer {
  const body = json === undefined ? "empty" : "json";
  const header = (name: string): string | undefined => headers[name];
  return {
    broker: "zerodha",
    title: "Zerodha",
    step: "step",
    path: "/call",
    status,
    ok: status < 300,
    header,
    json,
    body,
  };
}

const codeOf = (call: ZerodhaCallName, answer: BrokerAnswer): string => refusal(call, answer, { now: startedAt }).code;

describe("a refused grant", () => {
  it.each([
    ["Token is invalid or has expired.", "otp_rejected"],
    ["Invalid session credentials", "invalid_credentials"],
    ["Invalid `checksum`.", "invalid_credentials"],
    ["a text that nobody knows", "otp_rejected"],
    ["", "otp_rejected"],
  ])("that says %j is %s", (text, code) => {
    expect(codeOf("grantSession", answerOf(403, refusedAs("TokenException", text)))).toBe(code);
  });

  it("tells which of two texts may be the secret's fault and which is", () => {
    const [sure, unsure] = ["Invalid `checksum`.", "Invalid session credentials"].map((text) =>
      refusal("grantSession", answerOf(403, refusedAs("TokenException", text)), { now: startedAt }),
    );
    expect(sure?.action).not.toBe(unsure?.action);
  });

  it("waits as it is told, and for nothing else", () => {
    const headers = { "retry-after": "7" };
    const wait = (status: number, json: unknown) =>
      refusal("grantSession", answerOf(status, json, headers), { now: startedAt }).retryAfterMs;
    expect(wait(429, {})).toBe(7000);
    expect(wait(403, refusedAs("TokenException"))).toBeUndefined();
  });
});

describe("a refused call of a session", () => {
  it.each<[ZerodhaCallName, BrokerAnswer, string]>([
    ["profile", answerOf(403, refusedAs("TokenException")), "session_expired"],
    ["logout", answerOf(403, refusedAs("TokenException", "Invalid session credentials")), "session_expired"],
    ["logout", answerOf(403, refusedAs("PermissionException")), "permission_denied"],
    ["logout", answerOf(403), "permission_denied"],
    ["logout", answerOf(400, refusedAs("GeneralException", "IP (203.0.113.7) is not allowed")), "ip_not_allowed"],
    ["logout", answerOf(429, {}), "rate_limited"],
    ["logout", answerOf(503, {}), "broker_unavailable"],
    ["logout", answerOf(404, refusedAs("GeneralException")), "protocol_error"],
  ])("%s by %o is %s", (call, answer, code) => {
    expect(codeOf(call, answer)).toBe(code);
  });
});

it("repeats nothing of the broker's text, and no error type that is not the broker's own", () => {
  const error = refusal("grantSession", answerOf(403, refusedAs("canary-type", "canary-text")), { now: startedAt });
  expect(error.brokerCode).toBeUndefined();
  expect(error.message + JSON.stringify(error)).not.toContain("canary");
  const known = refusal("grantSession", answerOf(403, refusedAs("UserException", "canary")), { now: startedAt });
  expect(known.brokerCode).toBe("UserException");
});
