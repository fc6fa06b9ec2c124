import { inspect } from "node:util";
import { errorCodes } from "@x/core";
import { type BrokerAnswer, type BrokerAuthError, type BrokerAuthErrorCode, unexpectedAnswer } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { endpoints, names, type NubraCallName } from "./endpoints.ts";
import { refusal as refusalTo, type RefusalFacts } from "./failures.ts";
import { canaries, startedAt } from "./testing/answers.ts";

interface Given {
  readonly json?: unknown;
  readonly page?: boolean;
  readonly plain?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

function answered(status: number, { json, page, plain, headers = {} }: Given = {}): BrokerAnswer {
  const all: Record<string, string> = { ...(page ? { "content-type": "text/html; charset=utf-8" } : {}), ...headers };
  const body = json === undefined ? (page || plain ? "other" : "empty") : "json";
  return {
    ...names,
    step: "verifyphoneotp",
    path: "/call",
    status,
    ok: status >= 200 && status < 300,
    json,
    body,
    header: (name) => all[name.toLowerCase()],
  };
}

function said(status: number, text: string): BrokerAnswer {
  return answered(status, { json: { error: text, nubra_error_code: "" } });
}

function refusal(call: NubraCallName, answer: BrokerAnswer, facts: RefusalFacts): BrokerAuthError {
  return refusalTo(call, { ...answer, step: endpoints[call].step }, facts);
}

function codeOf(call: NubraCallName, answer: BrokerAnswer): BrokerAuthErrorCode {
  return refusal(call, answer, { now: startedAt }).code;
}

const inputs = "Enter valid inputs to proceed.";

describe("rows of the failure table (nubra.md section 8)", () => {
  it.each<[string, NubraCallName, BrokerAnswer, BrokerAuthErrorCode]>([
    ["phone refused at send", "startOtp", said(400, inputs), "invalid_credentials"],
    ["phone refused at the second send", "forceSms", said(400, inputs), "invalid_credentials"],
    ["malformed body at verifyphoneotp", "verifyOtp", said(400, inputs), "otp_rejected"],
    ["malformed body at totp/login", "loginTotp", said(400, inputs), "totp_rejected"],
    ["malformed body at verifypin", "verifyPin", said(400, inputs), "pin_rejected"],
    ["wrong OTP, invalid", "verifyOtp", said(400, "Invalid OTP"), "otp_rejected"],
    ["wrong OTP, incorrect", "verifyOtp", said(401, "OTP is incorrect"), "otp_rejected"],
    ["wrong OTP without a word", "verifyOtp", answered(400), "otp_rejected"],
    ["OTP expired", "verifyOtp", said(400, "OTP expired"), "challenge_expired"],
    ["temp token stale", "verifyOtp", said(401, "unauthorized"), "challenge_expired"],
    ["temp token named", "verifyOtp", said(400, "Invalid temp token"), "challenge_expired"],
    ["temp token stale at the second send", "forceSms", said(401, "Unauthorised"), "challenge_expired"],
    ["too many sends", "startOtp", said(400, "Maximum attempts reached"), "account_locked"],
    ["too many wrong OTPs", "verifyOtp", said(400, "Maximum attempts reached"), "account_locked"],
    ["TOTP not enrolled", "loginTotp", said(400, "TOTP is not enabled for user"), "configuration"],
    ["TOTP not enrolled, at disable", "disableTotp", said(400, "TOTP is not enabled"), "configuration"],
    ["wrong TOTP", "loginTotp", said(400, "Invalid TOTP"), "totp_rejected"],
    ["wrong TOTP without its name", "loginTotp", said(401, "invalid code"), "totp_rejected"],
    ["wrong TOTP without a word", "loginTotp", answered(401), "totp_rejected"],
    ["wrong MPIN", "verifyPin", said(400, "Invalid MPIN"), "pin_rejected"],
    ["wrong MPIN at renewal", "renewWithPin", said(401, "PIN is wrong"), "pin_rejected"],
    ["wrong MPIN at enable", "enableTotp", said(400, "Invalid MPIN"), "pin_rejected"],
    ["wrong MPIN at disable", "disableTotp", said(400, "Incorrect pin"), "pin_rejected"],
    ["wrong code at enable", "enableTotp", said(400, "Invalid TOTP"), "totp_rejected"],
    ["account locked", "verifyPin", said(400, "Account locked: too many attempts"), "account_locked"],
    ["account blocked", "loginTotp", said(403, "Your account has been blocked"), "account_locked"],
    ["account disabled", "startOtp", said(400, "This account is disabled"), "account_locked"],
    ["access blocked", "loginTotp", said(403, "API access blocked for this account"), "permission_denied"],
    ["access denied", "startOtp", said(401, "Access denied"), "permission_denied"],
    ["session dead, 440", "userInfo", answered(440), "session_expired"],
    ["session dead, 401", "generateTotp", said(401, "unauthorized"), "session_expired"],
    ["auth token dead at renewal", "renewWithPin", answered(440), "session_expired"],
    ["auth token named at renewal", "renewWithPin", said(401, "Session expired"), "session_expired"],
    ["401 without a word at renewal", "renewWithPin", answered(401), "session_expired"],
    ["401 with a word that tells nothing at renewal", "renewWithPin", said(401, "unauthorized"), "session_expired"],
    ["401 with plain words at renewal", "renewWithPin", answered(401, { plain: true }), "session_expired"],
    ["401 without a word at a first login", "verifyPin", answered(401), "pin_rejected"],
    ["auth token dead at a first login", "verifyPin", answered(440), "challenge_expired"],
    ["session dead at enable", "enableTotp", answered(440), "session_expired"],
    ["401 without a word at disable", "disableTotp", answered(401), "outcome_unknown"],
    ["403 on a session call", "userInfo", answered(403), "permission_denied"],
    ["403 in unknown words at a login", "loginTotp", said(403, "Forbidden"), "permission_denied"],
    ["no static IP", "validateAddress", said(400, "No IP addresses registered for user"), "ip_not_allowed"],
    ["wrong IP", "validateAddress", said(403, "IP address mismatch: trading access is restricted"), "ip_not_allowed"],
    ["throttled", "startOtp", said(429, "Too many requests"), "rate_limited"],
    ["throttled by a page", "loginTotp", answered(429, { page: true }), "rate_limited"],
    ["back end failure with a factor", "verifyPin", said(500, "Internal server error"), "outcome_unknown"],
    ["back end failure with a page", "loginTotp", answered(502, { page: true }), "outcome_unknown"],
    ["back end failure at a send", "startOtp", answered(503), "outcome_unknown"],
    ["back end failure at a read", "userInfo", answered(503), "broker_unavailable"],
    ["back end failure at logout", "logout", said(500, "x"), "broker_unavailable"],
    ["unmatched 4xx on a session call", "userInfo", said(418, "teapot"), "protocol_error"],
    ["account locked at the second send", "forceSms", said(403, "Account locked"), "account_locked"],
    ["account locked at disable", "disableTotp", said(403, "Account locked"), "account_locked"],
    [
      "access denied, told the other way round",
      "loginTotp",
      said(400, "Access for you is now denied"),
      "permission_denied",
    ],
    ["access denied, in a longer sentence", "loginTotp", said(400, "Blocked: no more access"), "permission_denied"],
    ["phone refused at the second send, 403", "forceSms", said(403, inputs), "invalid_credentials"],
    ["wrong OTP, 403, words apart", "verifyOtp", said(403, "OTP given is incorrect"), "otp_rejected"],
    ["wrong OTP, 500, words apart", "verifyOtp", said(500, "OTP given is incorrect"), "otp_rejected"],
    ["wrong OTP, 500, the other way round", "verifyOtp", said(500, "Incorrect or old OTP"), "otp_rejected"],
    ["wrong MPIN, 403, as a word", "verifyPin", said(403, "Wrong PIN"), "pin_rejected"],
    ["wrong MPIN at disable, 403", "disableTotp", said(403, "Wrong m-pin"), "pin_rejected"],
    ["wrong code at enable, 403", "enableTotp", said(403, "TOTP is wrong"), "totp_rejected"],
    ["wrong code at enable, 401, without its name", "enableTotp", said(401, "incorrect"), "totp_rejected"],
    ["back end failure at a send that speaks of inputs", "startOtp", said(500, inputs), "outcome_unknown"],
  ])("%s", (_situation, call, answer, code) => {
    expect(codeOf(call, answer)).toBe(code);
  });

  it.each<[NubraCallName, BrokerAuthErrorCode]>([
    ["startOtp", "invalid_credentials"],
    ["forceSms", "invalid_credentials"],
    ["verifyOtp", "otp_rejected"],
    ["loginTotp", "totp_rejected"],
    ["verifyPin", "pin_rejected"],
    ["renewWithPin", "pin_rejected"],
    ["enableTotp", "totp_rejected"],
    ["disableTotp", "pin_rejected"],
    ["generateTotp", "protocol_error"],
    ["logout", "protocol_error"],
    ["validateAddress", "protocol_error"],
    ["readClock", "protocol_error"],
  ])("%s refused without a known text is %s", (call, code) => {
    expect(codeOf(call, said(422, "no such wording"))).toBe(code);
    expect(codeOf(call, answered(400))).toBe(code);
    // A refusal by Nubra is JSON or nothing: anything else may come from somewhere on the way.
    expect(codeOf(call, answered(400, { plain: true }))).toBe("protocol_error");
  });
});

describe("order of the classifier", () => {
  it.each([400, 401, 403, 404, 429, 440, 500, 503])(
    "lets a text that names the factor win over status %d",
    (status) => {
      expect(codeOf("verifyPin", said(status, "Invalid MPIN"))).toBe("pin_rejected");
      expect(codeOf("renewWithPin", said(status, "Invalid MPIN"))).toBe("pin_rejected");
      // 404 is another matter at the paths of TOTP.
      expect(codeOf("loginTotp", said(status === 404 ? 406 : status, "Invalid TOTP"))).toBe("totp_rejected");
      expect(codeOf("verifyOtp", said(status, "Invalid OTP"))).toBe("otp_rejected");
      expect(codeOf("verifyOtp", said(status, "OTP expired"))).toBe("challenge_expired");
      expect(codeOf("startOtp", said(status, "Your account is locked"))).toBe("account_locked");
    },
  );

  it.each([
    "database is locked",
    "Lock wait timeout exceeded; try restarting transaction",
    "user session lock failed",
    "Resource locked by another process",
    "client request blocked: upstream timeout",
    "Too many login requests, client blocked for 60 seconds",
    "Too many attempts, slow down",
    "Maximum attempts reached",
    "MPIN service temporarily unavailable",
    "pin verification service did not respond",
    "mpin service failed",
    "totp service failed",
    "otp store has expired entries",
    "Invalid totp service response",
    "Access denied by maintenance mode",
  ])("blames nobody under a server fault and a throttle for words that refuse nothing by name: %j", (text) => {
    for (const call of ["startOtp", "verifyOtp", "loginTotp", "verifyPin", "renewWithPin"] as const) {
      for (const status of [424, 500, 502, 503, 504]) expect(codeOf(call, said(status, text))).toBe("outcome_unknown");
      expect(codeOf(call, said(429, text))).toBe("rate_limited");
    }
  });

  it("lets a vaguer text of the step still win over a status that is not the server's own failure", () => {
    expect(codeOf("startOtp", said(403, inputs))).toBe("invalid_credentials");
    expect(codeOf("verifyOtp", said(403, "incorrect"))).toBe("otp_rejected");
    expect(codeOf("verifyOtp", said(404, "unauthorized"))).toBe("challenge_expired");
    expect(codeOf("loginTotp", said(418, "invalid code"))).toBe("totp_rejected");
  });

  it("does not take a crash of the server for a refusal because of a word in it", () => {
    expect(codeOf("loginTotp", said(500, "invalid memory address or nil pointer dereference"))).toBe("outcome_unknown");
    expect(codeOf("verifyOtp", said(502, "upstream token service failed"))).toBe("outcome_unknown");
    expect(codeOf("verifyPin", said(500, "mapping failed while spinning up"))).toBe("outcome_unknown");
    expect(codeOf("verifyOtp", said(429, "invalid rate"))).toBe("rate_limited");
  });

  it("does not take words of what turned the call away for a refusal", () => {
    for (const status of [408, 421, 424, 425, 499]) {
      expect(codeOf("verifyOtp", said(status, "invalid or expired request token"))).not.toBe("otp_rejected");
      expect(codeOf("loginTotp", said(status, "invalid request"))).not.toBe("totp_rejected");
    }
  });

  it("does not read locked out of blocked", () => {
    expect(codeOf("verifyPin", said(400, "request blocked"))).toBe("pin_rejected");
  });

  it("that ask for the MPIN because the session is over do not refuse it, and those that refuse it do", () => {
    for (const status of [400, 401, 403, 440]) {
      expect(codeOf("verifyPin", said(status, "Session expired please login with MPIN"))).toBe("challenge_expired");
      for (const call of ["renewWithPin", "enableTotp", "disableTotp"] as const)
        expect(codeOf(call, said(status, "session expired please login with mpin"))).toBe("session_expired");
      for (const call of ["verifyPin", "renewWithPin"] as const)
        expect(codeOf(call, said(status, "Invalid MPIN, session expired"))).toBe("pin_rejected");
    }
  });

  it("applies a text only at the step it is about", () => {
    expect(codeOf("startOtp", said(400, "Invalid MPIN"))).toBe("invalid_credentials");
    expect(codeOf("verifyPin", said(400, "OTP expired"))).toBe("pin_rejected");
    expect(codeOf("userInfo", said(400, "Account locked"))).toBe("protocol_error");
    expect(codeOf("verifyOtp", said(400, "No IP addresses registered for user"))).toBe("otp_rejected");
  });

  it("reads error, then message, then detail, and JSON bodies only", () => {
    expect(codeOf("verifyOtp", answered(400, { json: { error: "", message: "OTP expired" } }))).toBe(
      "challenge_expired",
    );
    expect(codeOf("verifyOtp", answered(400, { json: { detail: "OTP expired" } }))).toBe("challenge_expired");
    expect(codeOf("verifyOtp", answered(400, { json: { error: "Invalid OTP", message: "OTP expired" } }))).toBe(
      "otp_rejected",
    );
    expect(codeOf("verifyOtp", answered(400, { json: { error: 7, message: ["OTP expired"] } }))).toBe("otp_rejected");
    expect(codeOf("verifyOtp", answered(400, { json: ["OTP expired"] }))).toBe("otp_rejected");
  });

  it.each([400, 401, 440, 418])("takes a page under %d for no answer to the question", (status) => {
    expect(codeOf("loginTotp", answered(status, { page: true }))).toBe("protocol_error");
    expect(codeOf("renewWithPin", answered(status, { page: true }))).toBe("protocol_error");
    expect(codeOf("userInfo", answered(status, { page: true }))).toBe("protocol_error");
  });

  it.each([404, 405])("calls %d at a step that exists a protocol error", (status) => {
    expect(codeOf("verifyOtp", said(status, "Not Found"))).toBe("protocol_error");
  });

  it("calls 403 in unknown words a missing permission", () => {
    for (const call of ["startOtp", "verifyOtp", "loginTotp", "verifyPin", "renewWithPin"] as const) {
      expect(codeOf(call, said(403, "Forbidden"))).toBe("permission_denied");
    }
  });

  it("never calls a success a refusal of a factor", () => {
    expect(codeOf("verifyOtp", answered(200, { json: { error: "Invalid OTP" } }))).toBe("protocol_error");
    expect(unexpectedAnswer(answered(201), "holds no auth token")).toMatchObject({
      code: "protocol_error",
      step: "verifyphoneotp",
      status: 201,
    });
  });
});

/** What the attempts table of the design and nubra.md say of a status, where no text says more. */
function expected(call: NubraCallName, status: number, body: "json" | "empty" | "page"): BrokerAuthErrorCode {
  const isTotp = ["loginTotp", "enableTotp", "disableTotp", "generateTotp"].includes(call);
  if (isTotp && [404, 405, 410, 501].includes(status)) return "configuration";
  // Not looked at.
  if (status === 429) return "rate_limited";
  if ([408, 421, 425, 499].includes(status) || (status === 403 && body !== "json")) return "broker_unavailable";
  // It left, and no clear answer came.
  if (status === 424 || status >= 500) return "outcome_unknown";
  if (status === 403) return "permission_denied";
  if (body === "page") return "protocol_error";
  const [of440, of401] = bearers[call] ?? [];
  if (status === 440 && of440 !== undefined) return of440;
  if (status === 401 && of401 !== undefined) return of401;
  if (status === 404 || status === 405) return "protocol_error";
  // Without a word, what is about the form of the request or its way blames no factor.
  const saysNo = [400, 401, 402, 409, 412, 422, 423, 440];
  return body === "json" || saysNo.includes(status) ? refusedBy[call]! : "protocol_error";
}

const bearers: Readonly<Partial<Record<NubraCallName, readonly [BrokerAuthErrorCode, BrokerAuthErrorCode?]>>> = {
  verifyPin: ["challenge_expired"],
  renewWithPin: ["session_expired", "session_expired"],
  enableTotp: ["session_expired", "outcome_unknown"],
  disableTotp: ["session_expired", "outcome_unknown"],
};

const refusedBy: Readonly<Partial<Record<NubraCallName, BrokerAuthErrorCode>>> = {
  startOtp: "invalid_credentials",
  forceSms: "invalid_credentials",
  verifyOtp: "otp_rejected",
  loginTotp: "totp_rejected",
  verifyPin: "pin_rejected",
  renewWithPin: "pin_rejected",
  enableTotp: "totp_rejected",
  disableTotp: "pin_rejected",
};

describe("every status from 400 to 599, where no text says more", () => {
  const bodies = {
    json: { json: { message: "Request blocked" } },
    empty: {},
    page: { page: true },
  } satisfies Record<string, Given>;

  it.each(Object.keys(refusedBy) as NubraCallName[])("means at %s what the attempts table says", (call) => {
    for (let status = 400; status < 600; status++) {
      for (const body of ["json", "empty", "page"] as const) {
        const found = codeOf(call, answered(status, bodies[body]));
        expect(`${status} ${body} ${found}`).toBe(`${status} ${body} ${expected(call, status, body)}`);
      }
    }
  });

  it.each(Object.keys(refusedBy) as NubraCallName[])(
    "hands on at %s how long to wait, and 503 with it was not looked at",
    (call) => {
      const headers = { "retry-after": "120" };
      for (const given of Object.values(bodies)) {
        const shed = refusal(call, answered(503, { ...given, headers }), { now: startedAt });
        expect(shed).toMatchObject({ code: "broker_unavailable", retryAfterMs: 120_000 });
        const slowed = refusal(call, answered(429, { ...given, headers }), { now: startedAt });
        expect(slowed).toMatchObject({ code: "rate_limited", retryAfterMs: 120_000 });
        const unclear = refusal(call, answered(500, { ...given, headers }), { now: startedAt });
        expect(unclear).toMatchObject({ code: "outcome_unknown", retryAfterMs: 120_000 });
        const odd = answered(503, { ...given, headers: { "retry-after": "tomorrow" } });
        expect(codeOf(call, odd)).toBe("outcome_unknown");
      }
    },
  );
});

describe("a TOTP login that Nubra no longer offers", () => {
  const totpCalls = ["loginTotp", "generateTotp", "enableTotp", "disableTotp"] as const;

  it.each(totpCalls.flatMap((call) => [404, 405, 410, 501].map((status) => [call, status] as const)))(
    "%s, %d: is a matter of the configuration, whatever the body says",
    (call, status) => {
      for (const answer of [
        answered(status),
        answered(status, { page: true }),
        answered(status, { plain: true }),
        said(status, "Not Found"),
        said(status, "no route for totp/login: invalid MPIN or TOTP"),
      ]) {
        const error = refusal(call, answer, { now: startedAt });
        expect(error.code).toBe("configuration");
        expect(error.message).toContain("Nubra no longer offers TOTP login here; remove totpSecret and log in by SMS");
        expect(error.action).toContain("nothing is blocked");
      }
    },
  );

  it("is told from one that this account is not enrolled for", () => {
    const { code, message } = refusal("loginTotp", said(404, "TOTP is not enabled"), { now: startedAt });
    expect([code, message]).toEqual([
      "configuration",
      "totp/login: TOTP is not enabled for this account in this environment and with this device id",
    ]);
  });

  it.each([404, 405, 410, 501])("is not read out of %d at another step", (status) => {
    for (const call of ["startOtp", "verifyOtp", "verifyPin", "renewWithPin"] as const)
      expect(codeOf(call, answered(status))).not.toBe("configuration");
  });
});

describe("facts of a refusal", () => {
  it("carry step, status and broker", () => {
    const error = refusal("verifyPin", said(400, "Invalid MPIN"), { now: startedAt });
    expect(error).toMatchObject({ broker: "nubra", step: "verifypin", status: 400, code: "pin_rejected" });
    expect(error.action).toBe(errorCodes.pin_rejected.action);
  });

  it("carry the attempts that the answer names, or one less than before", () => {
    const named = answered(400, { json: { error: "Invalid OTP", attempts_left: 2 } });
    expect(refusal("verifyOtp", named, { now: startedAt, attemptsBefore: 4 })).toMatchObject({ attemptsLeft: 2 });
    const reckoned = refusal("verifyOtp", said(400, "Invalid OTP"), { now: startedAt, attemptsBefore: 2 });
    expect(reckoned.attemptsLeft).toBe(1);
    expect(reckoned.message).toBe("verifyphoneotp: Nubra refused the OTP (1 attempt left)");
    expect(refusal("verifyOtp", said(400, "Invalid OTP"), { now: startedAt, attemptsBefore: 0 }).attemptsLeft).toBe(0);
    const untold = refusal("verifyOtp", said(400, "Invalid OTP"), { now: startedAt });
    expect(untold.attemptsLeft).toBeUndefined();
    expect(untold.message).toBe("verifyphoneotp: Nubra refused the OTP");
    const more = refusal("verifyOtp", said(400, "Invalid OTP"), { now: startedAt, attemptsBefore: 3 });
    expect(more.message).toBe("verifyphoneotp: Nubra refused the OTP (2 attempts left)");
    expect(
      refusal("verifyOtp", said(400, "OTP expired"), { now: startedAt, attemptsBefore: 2 }).attemptsLeft,
    ).toBeUndefined();
  });

  it("carry how long to wait", () => {
    expect(refusal("startOtp", answered(429, { headers: { "retry-after": "12" } }), { now: startedAt })).toMatchObject({
      code: "rate_limited",
      retryAfterMs: 12_000,
    });
    expect(refusal("startOtp", answered(429), { now: startedAt }).retryAfterMs).toBeUndefined();
  });

  it("name the clock when Nubra's differs", () => {
    const late = answered(400, {
      json: { error: "Invalid TOTP" },
      headers: { date: new Date(startedAt + 95_000).toUTCString() },
    });
    expect(refusal("loginTotp", late, { now: startedAt }).message).toContain("about 95 s apart");
    const near = answered(400, {
      json: { error: "Invalid TOTP" },
      headers: { date: new Date(startedAt + 2000).toUTCString() },
    });
    expect(refusal("loginTotp", late, { now: startedAt }).action).toContain("Synchronise the computer's clock");
    expect(refusal("loginTotp", near, { now: startedAt }).message).toMatch(/TOTP code$/);
    expect(refusal("loginTotp", near, { now: startedAt }).action).toContain("Check the computer's clock");
    const edge = answered(400, { headers: { date: new Date(startedAt + 10_000).toUTCString() } });
    expect(refusal("loginTotp", edge, { now: startedAt }).message).toContain("about 10 s apart");
    const pin = answered(400, { headers: { date: new Date(startedAt + 95_000).toUTCString() } });
    expect(refusal("verifyPin", pin, { now: startedAt }).message).not.toContain("apart");
  });

  it("say in words what happened, and what to do", () => {
    const seen = new Set<BrokerAuthErrorCode>();
    for (const call of Object.keys(endpoints) as NubraCallName[]) {
      for (const status of [200, 400, 401, 403, 429, 440, 500, 503]) {
        for (const text of ["", "locked", "TOTP is not enabled", inputs, "No IP addresses registered"]) {
          const { code, message, action } = refusal(call, said(status, text), { now: startedAt });
          seen.add(code);
          expect(message).toMatch(/^[\w/-]+: \S+( \S+){3,}/);
          expect(action).toMatch(/^\w+( \S+)+\.$/);
        }
      }
    }
    expect(seen.size).toBe(14);
    const odd = unexpectedAnswer(answered(201), "holds no auth token");
    expect(odd).toMatchObject({
      broker: "nubra",
      message: "verifyphoneotp: unrecognised answer from Nubra: it holds no auth token",
    });
  });

  it("name otpStart only when a fresh code of a single send is unauthorized", () => {
    const fresh = refusal("verifyOtp", said(401, "unauthorized"), { now: startedAt, firstSend: true });
    expect(fresh.action).toContain('otpStart: "two-call"');
    expect(refusal("verifyOtp", said(401, "unauthorized"), { now: startedAt }).action).not.toContain("two-call");
    for (const other of [
      said(400, "OTP expired"),
      said(500, "unauthorized"),
      said(403, "access denied: unauthorized"),
    ]) {
      expect(refusal("verifyOtp", other, { now: startedAt, firstSend: true }).action).not.toContain("two-call");
    }
  });

  it("names what else a refused TOTP can mean: a wrong phone, and a code that was used already", () => {
    const { action } = refusal("loginTotp", said(400, inputs), { now: startedAt });
    expect(action).toContain("a wrong phone number may be refused in the same words");
    expect(action).toContain("this code was used already in these 30 seconds");
  });

  it("hold nothing of the broker's text, whatever it repeats", () => {
    const everything = Object.values(canaries).join(" ");
    for (const call of Object.keys(endpoints) as NubraCallName[]) {
      for (const status of [200, 400, 401, 403, 404, 418, 429, 440, 500]) {
        for (const word of [
          "",
          "Invalid OTP",
          "Invalid TOTP",
          "Invalid MPIN",
          "expired",
          "unauthorized",
          "locked",
          "No IP addresses registered",
        ]) {
          const json = {
            error: `${word} ${everything}`,
            message: everything,
            detail: everything,
            nubra_error_code: everything,
          };
          const error = refusal(
            call,
            answered(status, { json, headers: { "retry-after": everything, date: everything } }),
            { now: startedAt },
          );
          const shown = inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack;
          for (const value of Object.values(canaries)) expect(shown).not.toContain(value);
        }
      }
    }
  });
});

it("looks at the first words of a refusal only, so that a long text costs nothing", () => {
  const long = "access ".repeat(36_000);
  const before = performance.now();
  expect(codeOf("verifyPin", said(400, long))).toBe("pin_rejected");
  expect(performance.now() - before).toBeLessThan(1000);
});
