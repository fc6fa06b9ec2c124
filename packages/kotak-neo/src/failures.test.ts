import type { BrokerAnswer, BrokerAuthErrorCode } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { type LoginCall, names } from "./endpoints.ts";
import { refusal } from "./failures.ts";
import { shapes } from "./testing/answers.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);

interface Answered {
  readonly status?: number;
  readonly json?: unknown;
  readonly body?: BrokerAnswer["body"];
  readonly headers?: Readonly<Record<string, string>>;
}

function answered({ status = 200, json, headers = {}, body }: Answered): BrokerAnswer {
  const kind = body ?? (json === undefined ? "empty" : "json");
  return {
    ...names,
    step: "tradeApiLogin",
    path: "/call",
    status,
    ok: status < 300,
    header: (name) => headers[name],
    json,
    body: kind,
  };
}

function refuse(call: LoginCall, answer: Answered, held: readonly string[] = []): ReturnType<typeof refusal> {
  return refusal(call, answered(answer), { now, held });
}

const codeOf = (call: LoginCall, answer: Answered): BrokerAuthErrorCode => refuse(call, answer).code;

/** Every row of kotak-neo.md section 8.2 that has a text or a code: in any shape, at any status by which nobody failed, the same code. */
const textRows: readonly (readonly [string, LoginCall, number, string, BrokerAuthErrorCode])[] = [
  ["wrong TOTP", "loginTotp", 401, "Invalid TOTP", "totp_rejected"],
  ["combined text", "loginTotp", 401, "Invalid credentials or TOTP.", "invalid_credentials"],
  ["wrong UCC with an inner 429", "loginTotp", 429, "Invalid UCC", "invalid_credentials"],
  ["missing Ucc", "loginTotp", 400, "Missing required field 'Ucc'", "configuration"],
  ["missing MobileNumber", "loginTotp", 400, "Missing required field 'MobileNumber'", "configuration"],
  ["missing Totp", "loginTotp", 400, "Missing required field 'Totp'", "configuration"],
  ["missing Mpin", "verifyPin", 400, "Missing required field 'Mpin'", "configuration"],
  ["a missing field of another name", "loginTotp", 400, "Missing required field 'Channel'", "configuration"],
  ["malformed mobile number", "loginTotp", 400, "Invalid field 'MobileNumber': expected +91", "invalid_credentials"],
  ["header missing in call 2", "verifyPin", 10_512, "Required header not found.", "protocol_error"],
  ["view token no longer accepted: 100022", "verifyPin", 100_022, "invalid session token", "challenge_expired"],
  ["view token no longer accepted: 1003", "verifyPin", 1003, "Invalid session", "challenge_expired"],
  ["wrong MPIN", "verifyPin", 401, "Invalid MPIN", "pin_rejected"],
  ["wrong MPIN with a full stop", "verifyPin", 401, "Invalid MPIN.", "pin_rejected"],
  ["unknown access token", "loginTotp", 401, "Consumer key 5a4db0c5 does not exist", "invalid_credentials"],
  ["unknown access token at call 2", "verifyPin", 401, "Consumer key 5a4db0c5 does not exist", "invalid_credentials"],
  ["gateway refusal", "loginTotp", 900_901, "Invalid Credentials", "invalid_credentials"],
  ["gateway refusal at call 2", "verifyPin", 900_901, "Invalid Credentials", "challenge_expired"],
  ["an older host's dead session at call 2", "verifyPin", 10_020, "Invalid login", "challenge_expired"],
  ["an older host's dead session, by its code alone", "verifyPin", 10_020, "try later", "challenge_expired"],
  ["locked", "loginTotp", 70_009, "User locked due to Bad tries", "account_locked"],
  ["locked, by its code alone", "loginTotp", 70_009, "try later", "account_locked"],
  ["locked at call 2", "verifyPin", 401, "Your account is LOCKED", "account_locked"],
  ["blocked", "loginTotp", 401, "User is blocked", "account_locked"],
  ["maximum attempts", "loginTotp", 401, "Maximum login attempts exceeded", "account_locked"],
  ["upstream", "loginTotp", 424, "dependency error, retry after a few seconds", "outcome_unknown"],
  ["throttled inside a success", "loginTotp", 1, "Too many requests", "rate_limited"],
  ["locked, as the first word", "loginTotp", 1, "Lock is on", "account_locked"],
  ["maximum attempts, in other words", "loginTotp", 1, "Max attempts", "account_locked"],
  ["maximum attempts, in more words", "loginTotp", 1, "Maximum number of login attempts", "account_locked"],
  ["header missing, by its code alone", "verifyPin", 10_512, "try later", "protocol_error"],
  ["view token no longer accepted, by its code alone: 100022", "verifyPin", 100_022, "try later", "challenge_expired"],
  ["view token no longer accepted, by its code alone: 1003", "verifyPin", 1003, "try later", "challenge_expired"],
  ["view token no longer accepted, in other words", "verifyPin", 1, "Invalid token", "challenge_expired"],
  ["view token no longer accepted, by a JWT's words", "verifyPin", 1, "Expired JWT token", "challenge_expired"],
  ["view token no longer accepted, as a sentence", "verifyPin", 1, "Token has expired", "challenge_expired"],
  ["view token no longer accepted, as a short sentence", "verifyPin", 1, "Token invalid", "challenge_expired"],
  ["combined text, one credential", "loginTotp", 1, "Invalid credential or TOTP", "invalid_credentials"],
  ["combined text, by number", "loginTotp", 1, "Mobile_number and - totp is wrong", "invalid_credentials"],
  ["combined text, by user", "loginTotp", 1, "UserId or  TOTP is wrong", "invalid_credentials"],
  ["combined text, the other way round", "loginTotp", 1, "Invalid TOTP, or - credential", "invalid_credentials"],
];

describe("known texts and codes of a refused login", () => {
  for (const [name, shape] of Object.entries(shapes)) {
    describe(`in shape ${name}`, () => {
      it.each(textRows)("%s", (_, call, inner, text, code) => {
        // The code of a server's own failure casts doubt on the words beside it.
        const statuses = inner === 424 ? [] : [200, 400, 401, 403, 404];
        const codes = statuses.map((status) => codeOf(call, { status, json: shape(inner, text) }));
        expect(codes).toStrictEqual(statuses.map(() => code));
      });
    });
  }

  const refusals: readonly (readonly [LoginCall, string, BrokerAuthErrorCode])[] = [
    ["loginTotp", "Invalid TOTP", "totp_rejected"],
    ["loginTotp", "TOTP has expired", "totp_rejected"],
    ["loginTotp", "Invalid credentials or TOTP.", "invalid_credentials"],
    ["loginTotp", "Invalid UCC", "invalid_credentials"],
    ["loginTotp", "Invalid field 'MobileNumber'", "invalid_credentials"],
    ["loginTotp", "User locked due to Bad tries", "account_locked"],
    ["verifyPin", "Invalid MPIN.", "pin_rejected"],
    ["verifyPin", "MPIN is wrong", "pin_rejected"],
    ["verifyPin", "Your account has been blocked", "account_locked"],
  ];

  it.each(refusals)(
    "call %s: count under a server fault and a throttle where they refuse by name: %j",
    (call, message, code) => {
      for (const status of [424, 429, 500, 502, 503, 504])
        expect(codeOf(call, { status, json: { message } })).toBe(code);
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
    "Maximum login attempts exceeded",
    "MPIN service temporarily unavailable",
    "mpin service failed",
    "totp service failed",
    "TOTP verification failed",
    "Invalid totp service response",
    "Access denied by maintenance mode",
    "view session store down",
  ])("blame nobody under a server fault and a throttle where they refuse nothing by name: %j", (message) => {
    for (const call of ["loginTotp", "verifyPin"] as const) {
      for (const status of [424, 500, 502, 503, 504])
        expect(codeOf(call, { status, json: { error: [{ code: "10020", message }] } })).toBe("outcome_unknown");
      expect(codeOf(call, { status: 429, json: { message } })).toBe("rate_limited");
      expect(codeOf(call, { status: 200, json: { stat: "Not_Ok", stCode: 503, errMsg: message } })).toBe(
        "outcome_unknown",
      );
    }
  });

  it("never blame a factor that was not in the call", () => {
    for (const status of [200, 400, 401, 403, 429, 500, 503]) {
      expect(codeOf("loginTotp", { status, json: { message: "Invalid MPIN" } })).not.toBe("pin_rejected");
      for (const message of ["Invalid TOTP", "Invalid credentials or TOTP."])
        expect(["totp_rejected", "invalid_credentials"]).not.toContain(
          codeOf("verifyPin", { status, json: { message } }),
        );
    }
  });

  it("tell an inner 429 from a rate limit", () => {
    expect(codeOf("loginTotp", { json: { stCode: 429, errMsg: "Invalid UCC", status: "failure" } })).toBe(
      "invalid_credentials",
    );
  });

  it("name the missing field", () => {
    const { field } = refuse("loginTotp", {
      status: 400,
      json: { error: [{ code: "400", message: "Missing required field 'MobileNumber'" }] },
    });
    expect(field).toBe("mobileNumber");
  });

  it.each([
    "User is blocked",
    "Your account has been blocked",
    "We have blocked your account",
    "Login blocked for user",
  ])("take %j for a lock", (message) => {
    expect(codeOf("verifyPin", { status: 403, json: { message } })).toBe("account_locked");
  });

  it.each(["Request blocked", "Blocked by policy", "This request was blocked by our security rules"])(
    "do not take a firewall's %j for a lock",
    (message) => {
      expect(codeOf("verifyPin", { status: 403, json: { message } })).toBe("permission_denied");
      expect(codeOf("loginTotp", { status: 503, json: { message } })).toBe("outcome_unknown");
    },
  );

  it("do not take advice about the clock for a lock", () => {
    expect(codeOf("loginTotp", { status: 401, json: { message: "Invalid TOTP, please check your clock" } })).toBe(
      "totp_rejected",
    );
  });

  it.each<[LoginCall, string, BrokerAuthErrorCode]>([
    ["loginTotp", "TOTP is invalid", "totp_rejected"],
    ["loginTotp", "Incorrect TOTP entered", "totp_rejected"],
    ["loginTotp", "TOTP verification failed", "totp_rejected"],
    ["loginTotp", "The TOTP has expired", "totp_rejected"],
    ["loginTotp", "Invalid field 'Totp'", "totp_rejected"],
    ["verifyPin", "MPIN does not match", "pin_rejected"],
    ["verifyPin", "Wrong MPIN", "pin_rejected"],
    ["loginTotp", "Invalid mobile number", "invalid_credentials"],
    ["loginTotp", "Invalid TOTP or UCC", "invalid_credentials"],
    ["verifyPin", "View token expired", "challenge_expired"],
  ])("call %s: reads a variant of them, %j", (call, text, code) => {
    expect(codeOf(call, { status: 401, json: { status: "error", errorCode: "401", message: text } })).toBe(code);
  });

  it("speak of a session only where call 2 shows one", () => {
    const json = { stCode: 100_022, errMsg: "invalid session token", status: "failure" };
    expect(codeOf("loginTotp", { json })).toBe("invalid_credentials");
    expect(codeOf("verifyPin", { json })).toBe("challenge_expired");
  });
});

/** The order of kotak-neo.md section 8.2 after its text rows. */
const statusRows: readonly (readonly [string, Answered, BrokerAuthErrorCode, BrokerAuthErrorCode])[] = [
  ["HTTP 429", { status: 429 }, "rate_limited", "rate_limited"],
  [
    "HTTP 429 with an unknown marker",
    { status: 429, json: { status: "error", errorCode: "429" } },
    "rate_limited",
    "rate_limited",
  ],
  ["HTTP 429 with a page", { status: 429, body: "other" }, "rate_limited", "rate_limited"],
  ["HTTP 424", { status: 424 }, "outcome_unknown", "outcome_unknown"],
  [
    "HTTP 500",
    { status: 500, json: { status: "error", errorCode: "500", message: "Internal error" } },
    "outcome_unknown",
    "outcome_unknown",
  ],
  ["HTTP 502 with a page", { status: 502, body: "other" }, "outcome_unknown", "outcome_unknown"],
  ["HTTP 503", { status: 503 }, "outcome_unknown", "outcome_unknown"],
  ["HTTP 504", { status: 504 }, "outcome_unknown", "outcome_unknown"],
  ["HTTP 403 without a body", { status: 403 }, "broker_unavailable", "broker_unavailable"],
  ["HTTP 403 with a page", { status: 403, body: "other" }, "broker_unavailable", "broker_unavailable"],
  [
    "an inner failure of a server",
    { status: 200, json: { status: "error", errorCode: "500", message: "Internal error" } },
    "outcome_unknown",
    "outcome_unknown",
  ],
  [
    "a token and a failure together",
    { status: 200, json: { status: "error", data: { token: "t", sid: "s" } } },
    "protocol_error",
    "protocol_error",
  ],
  [
    "HTTP 403 in unknown words",
    { status: 403, json: { message: "Forbidden" } },
    "permission_denied",
    "permission_denied",
  ],
  ["HTTP 404", { status: 404 }, "protocol_error", "protocol_error"],
  ["HTTP 404 of a gateway", { status: 404, json: { message: "no Route matched" } }, "protocol_error", "protocol_error"],
  ["HTTP 405", { status: 405 }, "protocol_error", "protocol_error"],
  ["HTTP 422", { status: 422, json: { status: "error", errorCode: "422" } }, "protocol_error", "protocol_error"],
  [
    "S1 without a message, 401",
    { status: 401, json: { status: "error", errorCode: "401" } },
    "invalid_credentials",
    "pin_rejected",
  ],
  [
    "S1 without a message, 400",
    { status: 400, json: { status: "error", errorCode: "401" } },
    "invalid_credentials",
    "pin_rejected",
  ],
  [
    "S1 without a message, 200",
    { status: 200, json: { status: "error", errorCode: "401" } },
    "invalid_credentials",
    "pin_rejected",
  ],
  [
    "a marker in unknown words, 200",
    { status: 200, json: { stCode: 77, errMsg: "Nope", status: "failure" } },
    "invalid_credentials",
    "pin_rejected",
  ],
  ["S7, empty, 401", { status: 401 }, "invalid_credentials", "pin_rejected"],
  ["S7, empty, 400", { status: 400 }, "invalid_credentials", "pin_rejected"],
  ["JSON that says nothing, 401", { status: 401, json: {} }, "invalid_credentials", "pin_rejected"],
  ["S7, a page, 401", { status: 401, body: "other" }, "protocol_error", "protocol_error"],
  ["S7, a page, 200", { status: 200, body: "other" }, "protocol_error", "protocol_error"],
  ["S7, empty, 200", { status: 200 }, "protocol_error", "protocol_error"],
  [
    "S8, 200 without token and error",
    { status: 200, json: { data: { ucc: "XY42Z" } } },
    "protocol_error",
    "protocol_error",
  ],
  ["S8, an empty object", { status: 200, json: {} }, "protocol_error", "protocol_error"],
];

describe("a refused login without a known text", () => {
  it.each(statusRows)("%s", (_, answer, atCall1, atCall2) => {
    expect(codeOf("loginTotp", answer)).toBe(atCall1);
    expect(codeOf("verifyPin", answer)).toBe(atCall2);
  });
});

/** What the attempts table of the design and kotak-neo.md section 8.2 say of a status, where no text and no code says more. */
function expected(call: LoginCall, status: number, body: "json" | "empty" | "page"): BrokerAuthErrorCode {
  // Not looked at.
  if (status === 429) return "rate_limited";
  if ([408, 421, 425, 499].includes(status) || (status === 403 && body !== "json")) return "broker_unavailable";
  // It left, and no clear answer came.
  if (status === 424 || status >= 500) return "outcome_unknown";
  if (status === 403) return "permission_denied";
  if ([404, 405, 422].includes(status) || body === "page") return "protocol_error";
  // Without a word, what is about the form of the request or its way blames no factor.
  if (body === "empty" && ![400, 401, 402, 409, 412, 423].includes(status)) return "protocol_error";
  return call === "loginTotp" ? "invalid_credentials" : "pin_rejected";
}

describe("every status from 400 to 599, where no text says more", () => {
  const bodies = {
    json: { json: { message: "Request blocked by policy" } },
    empty: {},
    page: { body: "other" as const },
  };

  it.each(["loginTotp", "verifyPin"] as const)("means at call %s what the attempts table says", (call) => {
    for (let status = 400; status < 600; status++) {
      for (const body of ["json", "empty", "page"] as const) {
        const found = codeOf(call, { status, ...bodies[body] });
        expect(`${status} ${body} ${found}`).toBe(`${status} ${body} ${expected(call, status, body)}`);
      }
    }
  });

  it.each(["loginTotp", "verifyPin"] as const)("was not looked at by call %s if it is 503 with a wait", (call) => {
    for (const given of Object.values(bodies)) {
      expect(codeOf(call, { status: 503, ...given, headers: { "retry-after": "120" } })).toBe("broker_unavailable");
      expect(codeOf(call, { status: 503, ...given, headers: { "retry-after": "soon" } })).toBe("outcome_unknown");
    }
  });
});

describe("the error of a refused login", () => {
  it("carries broker, step, status and the broker's code", () => {
    const error = refuse("loginTotp", { status: 401, json: { error: [{ code: "401", message: "Invalid TOTP" }] } });
    expect(error.toJSON()).toMatchObject({
      code: "totp_rejected",
      broker: "kotak-neo",
      step: "tradeApiLogin",
      status: 401,
      brokerCode: "401",
    });
    expect(error.message).toBe("tradeApiLogin: Kotak Neo refused the TOTP code");
  });

  it("says in words what happened, and what to do", () => {
    const said = new Set<string>();
    for (const call of ["loginTotp", "verifyPin"] as const) {
      const known = textRows.map(([, , inner, text]) => ({ json: { stat: "Not_Ok", stCode: inner, emsg: text } }));
      for (const answer of [...known, ...statusRows.map(([, row]) => row)]) {
        const { message, action } = refuse(call, answer);
        said.add(message);
        expect(message).toMatch(
          /^tradeApiLogin: (unrecognised answer from Kotak Neo \(\d{3}\)$|Kotak Neo,?( \S+){3,})/,
        );
        expect(action).toMatch(/^\w+( \S+)+\.$/);
      }
    }
    expect(
      [...said].filter((message) => /a field is missing: (mobileNumber|ucc|totp|mpin)$/.test(message)),
    ).toHaveLength(4);
  });

  it("carries the wait that a rate limit asks for, and none where it asks for none", () => {
    expect(refuse("loginTotp", { status: 429, headers: { "retry-after": "7" } }).retryAfterMs).toBe(7000);
    expect(refuse("loginTotp", { status: 429 }).retryAfterMs).toBeUndefined();
    for (const call of ["loginTotp", "verifyPin"] as const) {
      const shed = refuse(call, { status: 503, headers: { "retry-after": "7" } });
      expect([shed.code, shed.retryAfterMs]).toEqual(["broker_unavailable", 7000]);
      const failed = refuse(call, { status: 500, headers: { "retry-after": "7" } });
      expect([failed.code, failed.retryAfterMs]).toEqual(["outcome_unknown", 7000]);
      const refused = refuse(call, { status: 400, headers: { "retry-after": "7" } });
      expect(refused.retryAfterMs).toBeUndefined();
    }
  });

  it("names the clock when the answer shows that it is off", () => {
    const json = { error: [{ code: "401", message: "Invalid TOTP" }] };
    const at = (offsetMs: number): string => {
      const headers = { date: new Date(now + offsetMs).toUTCString() };
      const { message, action } = refuse("loginTotp", { status: 401, json, headers });
      return `${message}. ${action}`;
    };
    expect(at(600_000)).toContain("about 600 s apart. Synchronise the computer's clock");
    expect(at(-95_000)).toContain("about 95 s apart. Synchronise the computer's clock");
    expect(at(0)).toContain("Check the computer's clock");
    expect(at(9_000)).toContain("Check the computer's clock");
    expect(at(10_000)).toContain("about 10 s apart");
    const pin = {
      status: 401,
      json: { error: [{ message: "Invalid MPIN" }] },
      headers: { date: new Date(now + 600_000).toUTCString() },
    };
    expect(refuse("verifyPin", pin).action).not.toContain("600 s");
    expect(refuse("loginTotp", { status: 401, json }).action).toContain("Check the computer's clock");
  });

  it("never repeats the broker's words, and takes no echo of the request for a code", () => {
    const secrets = ["5a4db0c5-canary-token", "+919000000007", "482913", "XY42Z"];
    const text = `Invalid TOTP: ${secrets.join(" ")}`;
    for (const shape of Object.values(shapes)) {
      const error = refuse("loginTotp", { status: 401, json: shape(401, text) });
      expect(error.code).toBe("totp_rejected");
      const shown = JSON.stringify(error) + String(error) + (error.stack ?? "");
      for (const one of secrets) expect(shown).not.toContain(one);
    }
  });

  const held = ["5a4db0c5-0000-4000-8000-0000000000aa", "+919000000007", "482913", "XY42Z", '{"nap":"ABCDE7531F"}'];

  it.each<[string, string | number]>([
    ["the MPIN", 482_913],
    ["the MPIN as a text", " 482913 "],
    ["a part of the MPIN", 4829],
    ["the phone number", "9000000007"],
    ["the end of the phone number", "000007"],
    ["the client code", "XY42Z"],
    ["the digits of the PAN", 7531],
    ["the PAN, which nobody here knows yet", "ABCDE7531F"],
    ["a number longer than any code", 1_234_567],
    ["a number shorter than any code", 42],
    ["words", "Invalid-MPIN"],
  ])("takes %s for no code", (_, stCode) => {
    const json = { stat: "Not_Ok", stCode, emsg: "Invalid MPIN" };
    for (const call of ["loginTotp", "verifyPin"] as const)
      expect(refuse(call, { json }, held).brokerCode).toBeUndefined();
  });

  it("shows the codes on record, and none that was sent", () => {
    for (const code of ["401", "10512", "900901", "1003"]) {
      const json = { stat: "Not_Ok", stCode: code, emsg: "Nope" };
      expect(refuse("loginTotp", { json }, held).brokerCode).toBe(code);
      expect(refuse("loginTotp", { json }, [code]).brokerCode).toBeUndefined();
    }
    expect(
      refuse("loginTotp", { json: { stat: "Not_Ok", stCode: "424242", emsg: "Nope" } }, []).brokerCode,
    ).toBeUndefined();
    expect(refuse("loginTotp", { json: { stat: "Not_Ok", emsg: "Nope" } }, []).brokerCode).toBeUndefined();
  });

  it("names a code that was used already among the causes of a refused TOTP", () => {
    const { action } = refuse("loginTotp", {
      status: 401,
      json: { error: [{ code: "401", message: "Invalid TOTP" }] },
    });
    expect(action).toContain("this code was used already in these 30 seconds");
  });
});
