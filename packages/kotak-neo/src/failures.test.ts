import type { BrokerAnswer, BrokerAuthErrorCode } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { type LoginCall, loginRefusal, readFailure } from "./failures.ts";
import { clientIpAnswer, emptyReport, shapes, tradeAnswer, viewAnswer } from "./testing/answers.ts";

const now = Date.UTC(2031, 2, 3, 3, 30);

interface Answered {
  readonly status?: number;
  readonly json?: unknown;
  readonly body?: BrokerAnswer["body"];
  readonly headers?: Readonly<Record<string, string>>;
}

function answered({ status = 200, json, headers = {}, body }: Answered): BrokerAnswer {
  const kind = body ?? (json === undefined ? "empty" : "json");
  return { status, ok: status < 300, header: (name) => headers[name], json, body: kind };
}

function refuse(call: LoginCall, answer: Answered, held: readonly string[] = []): ReturnType<typeof loginRefusal> {
  return loginRefusal(answered(answer), { call, step: "tradeApiLogin", now, held });
}

const codeOf = (call: LoginCall, answer: Answered): BrokerAuthErrorCode => refuse(call, answer).code;

describe("one reader for all failure shapes", () => {
  it.each(Object.entries(shapes))("reads code and text of shape %s", (_, shape) => {
    const failure = readFailure(shape(100_022, "invalid session token"));
    expect(failure).toMatchObject({ marked: true, code: "100022" });
    expect(failure.text).toMatch(/^invalid session token/);
  });

  it("reads shape S1 without its message, as the original document shows it", () => {
    expect(readFailure({ status: "error", errorCode: "401" })).toStrictEqual({ marked: true, code: "401", text: "" });
  });

  it("takes the first entry of an error list, and one that is no list", () => {
    const list = {
      error: [
        { code: "1", message: "first" },
        { code: "2", message: "second" },
      ],
    };
    expect(readFailure(list)).toStrictEqual({ marked: true, code: "1", text: "first" });
    expect(readFailure({ error: { code: 3, message: "alone" } })).toStrictEqual({
      marked: true,
      code: "3",
      text: "alone",
    });
    expect(readFailure({ error: "Forbidden" })).toStrictEqual({ marked: true, code: undefined, text: "Forbidden" });
  });

  it("takes codes as numbers and as texts", () => {
    expect(readFailure({ stat: "Not_Ok", stCode: "1037" }).code).toBe("1037");
    expect(readFailure({ stat: "Not_Ok", stCode: 1037 }).code).toBe("1037");
  });

  it.each([["Not_Ok"], ["not_ok"], ["NotOk"], ["error"], ["failure"], ["Failed"]])("takes %s for a failure", (word) => {
    expect(readFailure({ stat: word }).marked).toBe(true);
    expect(readFailure({ status: word }).marked).toBe(true);
    expect(readFailure({ data: { status: word } }).marked).toBe(true);
  });

  it("looks one level below data and fault, and no deeper", () => {
    expect(readFailure({ data: { data: { stat: "Not_Ok", stCode: 1 } } }).marked).toBe(false);
    expect(readFailure({ fault: { fault: { code: "900901", message: "x" } } }).marked).toBe(false);
  });

  it("finds the failure below an outer success", () => {
    const nested = { stat: "Ok", stCode: 200, data: { stat: "Not_Ok", stCode: 1003, errMsg: "Invalid session" } };
    expect(readFailure(nested)).toStrictEqual({ marked: true, code: "1003", text: "Invalid session" });
  });

  it.each<[string, unknown]>([
    ["the answer to call 1", viewAnswer().json],
    ["the answer to call 2", tradeAnswer().json],
    ["the answer of get-client-ip", clientIpAnswer.json],
    ["a report", emptyReport.json],
    [
      "a success that says so in every way",
      { stat: "Ok", stCode: 200, status: "success", code: 200, message: "Success", error: null, errMsg: "" },
    ],
    ["an empty object", {}],
    ["a list", [{ error: "x" }]],
    ["nothing", undefined],
    ["a code alone", { code: "1003" }],
  ])("finds no failure in %s", (_, json) => {
    expect(readFailure(json).marked).toBe(false);
  });

  // Each of them marks by itself: a success never has one of these.
  it.each<[string, unknown]>([
    ["a code in the list of errors", { error: [{ code: 7 }] }],
    ["a message in the list of errors", { error: [{ message: "x" }] }],
    ["errMsg", { errMsg: "x" }],
    ["emsg", { emsg: "x" }],
    ["errorCode", { errorCode: "7" }],
    ["stCode", { stCode: 7 }],
    ["a code beside words", { code: 7, description: "x" }],
    ["a word with blanks around it", { stat: " Not_Ok " }],
    ["an errorCode beside the stCode of a success", { errorCode: "7", stCode: 200 }],
  ])("takes %s for a failure", (_, json) => {
    expect(readFailure(json).marked).toBe(true);
  });

  it.each<[string, unknown]>([
    ["the codes of a success", { errorCode: "0", stCode: "1000", code: 200, message: "x" }],
    ["blanks", { errMsg: " ", emsg: "", error: " ", errorCode: " " }],
    ["words that only contain one of failure", { stat: "no error", status: "failover" }],
    ["words of a success under another number's name", { stCode: 0 }],
  ])("finds no failure in %s", (_, json) => {
    expect(readFailure(json).marked).toBe(false);
  });

  it("reads the layer that says something where none is marked", () => {
    expect(readFailure({ stat: "Ok", data: { code: "7" } })).toStrictEqual({ marked: false, code: "7", text: "" });
    expect(readFailure({ data: { message: "x" } })).toStrictEqual({ marked: false, code: undefined, text: "x" });
    expect(readFailure({ data: {} })).toStrictEqual({ marked: false, code: undefined, text: "" });
    expect(readFailure("x")).toStrictEqual({ marked: false, code: undefined, text: "" });
    expect(readFailure({ stCode: " 7 ", description: "x" })).toStrictEqual({ marked: true, code: "7", text: "x" });
  });

  it("keeps a text short, for it may repeat the request", () => {
    expect(readFailure({ error: [{ code: "1", message: "x".repeat(5000) }] }).text).toHaveLength(300);
  });
});

/** Every row of kotak-neo.md section 8.2 that has a text or a code: at any status, in any shape, the same code. */
const textRows: readonly (readonly [string, LoginCall, number, string, BrokerAuthErrorCode])[] = [
  ["wrong TOTP", "totp", 401, "Invalid TOTP", "totp_rejected"],
  ["combined text", "totp", 401, "Invalid credentials or TOTP.", "invalid_credentials"],
  ["wrong UCC with an inner 429", "totp", 429, "Invalid UCC", "invalid_credentials"],
  ["missing Ucc", "totp", 400, "Missing required field 'Ucc'", "configuration"],
  ["missing MobileNumber", "totp", 400, "Missing required field 'MobileNumber'", "configuration"],
  ["missing Totp", "totp", 400, "Missing required field 'Totp'", "configuration"],
  ["missing Mpin", "mpin", 400, "Missing required field 'Mpin'", "configuration"],
  ["a missing field of another name", "totp", 400, "Missing required field 'Channel'", "configuration"],
  ["malformed mobile number", "totp", 400, "Invalid field 'MobileNumber': expected +91", "invalid_credentials"],
  ["header missing in call 2", "mpin", 10_512, "Required header not found.", "protocol_error"],
  ["view token no longer accepted: 100022", "mpin", 100_022, "invalid session token", "challenge_expired"],
  ["view token no longer accepted: 1003", "mpin", 1003, "Invalid session", "challenge_expired"],
  ["wrong MPIN", "mpin", 401, "Invalid MPIN", "pin_rejected"],
  ["wrong MPIN with a full stop", "mpin", 401, "Invalid MPIN.", "pin_rejected"],
  ["unknown access token", "totp", 401, "Consumer key 5a4db0c5 does not exist", "invalid_credentials"],
  ["unknown access token at call 2", "mpin", 401, "Consumer key 5a4db0c5 does not exist", "invalid_credentials"],
  ["gateway refusal", "totp", 900_901, "Invalid Credentials", "invalid_credentials"],
  ["gateway refusal at call 2", "mpin", 900_901, "Invalid Credentials", "invalid_credentials"],
  ["locked", "totp", 70_009, "User locked due to Bad tries", "account_locked"],
  ["locked, by its code alone", "totp", 70_009, "try later", "account_locked"],
  ["locked at call 2", "mpin", 401, "Your account is LOCKED", "account_locked"],
  ["blocked", "totp", 401, "User is blocked", "account_locked"],
  ["maximum attempts", "totp", 401, "Maximum login attempts exceeded", "account_locked"],
  ["upstream", "totp", 424, "dependency error, retry after a few seconds", "outcome_unknown"],
  ["throttled inside a success", "totp", 1, "Too many requests", "rate_limited"],
  ["locked, as the first word", "totp", 1, "Lock is on", "account_locked"],
  ["maximum attempts, in other words", "totp", 1, "Max attempts", "account_locked"],
  ["maximum attempts, in more words", "totp", 1, "Maximum number of login attempts", "account_locked"],
  ["header missing, by its code alone", "mpin", 10_512, "try later", "protocol_error"],
  ["view token no longer accepted, by its code alone: 100022", "mpin", 100_022, "try later", "challenge_expired"],
  ["view token no longer accepted, by its code alone: 1003", "mpin", 1003, "try later", "challenge_expired"],
  ["view token no longer accepted, in other words", "mpin", 1, "Invalid token", "challenge_expired"],
  ["view token no longer accepted, by a JWT's words", "mpin", 1, "Expired JWT token", "challenge_expired"],
  ["view token no longer accepted, as a sentence", "mpin", 1, "Token has expired", "challenge_expired"],
  ["view token no longer accepted, as a short sentence", "mpin", 1, "Token invalid", "challenge_expired"],
  ["combined text, one credential", "totp", 1, "Invalid credential or TOTP", "invalid_credentials"],
  ["combined text, by number", "totp", 1, "Mobile_number and - totp is wrong", "invalid_credentials"],
  ["combined text, by user", "totp", 1, "UserId or  TOTP is wrong", "invalid_credentials"],
  ["combined text, the other way round", "totp", 1, "Invalid TOTP, or - credential", "invalid_credentials"],
];

describe("known texts and codes of a refused login", () => {
  for (const [name, shape] of Object.entries(shapes)) {
    describe(`in shape ${name}`, () => {
      it.each(textRows)("%s", (_, call, inner, text, code) => {
        const statuses = [200, 400, 401, 403, 404, 429, 500];
        const codes = statuses.map((status) => codeOf(call, { status, json: shape(inner, text) }));
        expect(codes).toStrictEqual(statuses.map(() => code));
      });
    });
  }

  it("tell an inner 429 from a rate limit", () => {
    expect(codeOf("totp", { json: { stCode: 429, errMsg: "Invalid UCC", status: "failure" } })).toBe(
      "invalid_credentials",
    );
  });

  it("name the missing field", () => {
    const { field } = refuse("totp", {
      status: 400,
      json: { error: [{ code: "400", message: "Missing required field 'MobileNumber'" }] },
    });
    expect(field).toBe("mobileNumber");
  });

  it("do not take advice about the clock for a lock", () => {
    expect(codeOf("totp", { status: 401, json: { message: "Invalid TOTP, please check your clock" } })).toBe(
      "totp_rejected",
    );
  });

  it.each<[LoginCall, string, BrokerAuthErrorCode]>([
    ["totp", "TOTP is invalid", "totp_rejected"],
    ["totp", "Incorrect TOTP entered", "totp_rejected"],
    ["totp", "TOTP verification failed", "totp_rejected"],
    ["totp", "The TOTP has expired", "totp_rejected"],
    ["totp", "Invalid field 'Totp'", "totp_rejected"],
    ["mpin", "MPIN does not match", "pin_rejected"],
    ["mpin", "Wrong MPIN", "pin_rejected"],
    ["totp", "Invalid mobile number", "invalid_credentials"],
    ["totp", "Invalid TOTP or UCC", "invalid_credentials"],
    ["mpin", "View token expired", "challenge_expired"],
  ])("call %s: reads a variant of them, %j", (call, text, code) => {
    expect(codeOf(call, { status: 401, json: { status: "error", errorCode: "401", message: text } })).toBe(code);
  });

  it("speak of a session only where call 2 shows one", () => {
    const json = { stCode: 100_022, errMsg: "invalid session token", status: "failure" };
    expect(codeOf("totp", { json })).toBe("invalid_credentials");
    expect(codeOf("mpin", { json })).toBe("challenge_expired");
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
  ["HTTP 403 without a body", { status: 403 }, "permission_denied", "permission_denied"],
  ["HTTP 403 with a page", { status: 403, body: "other" }, "permission_denied", "permission_denied"],
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
    expect(codeOf("totp", answer)).toBe(atCall1);
    expect(codeOf("mpin", answer)).toBe(atCall2);
  });
});

describe("the error of a refused login", () => {
  it("carries broker, step, status and the broker's code", () => {
    const error = refuse("totp", { status: 401, json: { error: [{ code: "401", message: "Invalid TOTP" }] } });
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
    for (const call of ["totp", "mpin"] as const) {
      const known = textRows.map(([, , inner, text]) => ({ json: { stat: "Not_Ok", stCode: inner, emsg: text } }));
      for (const answer of [...known, ...statusRows.map(([, row]) => row)]) {
        const { message, action } = refuse(call, answer);
        said.add(message);
        expect(message).toMatch(/^tradeApiLogin: Kotak Neo( \S+){3,}/);
        expect(action).toMatch(/^\w+( \S+)+\.$/);
      }
    }
    expect(
      [...said].filter((message) => /the field (MobileNumber|Ucc|Totp|Mpin) is missing/.test(message)),
    ).toHaveLength(4);
    expect(refuse("totp", { status: 405 }).message).toContain("answered 405");
  });

  it("carries the wait that a rate limit asks for, and none where it asks for none", () => {
    expect(refuse("totp", { status: 429, headers: { "retry-after": "7" } }).retryAfterMs).toBe(7000);
    expect(refuse("totp", { status: 429 }).retryAfterMs).toBeUndefined();
    expect(refuse("totp", { status: 503, headers: { "retry-after": "7" } }).retryAfterMs).toBeUndefined();
  });

  it("names the clock when the answer shows that it is off", () => {
    const json = { error: [{ code: "401", message: "Invalid TOTP" }] };
    const at = (offsetMs: number): string =>
      refuse("totp", { status: 401, json, headers: { date: new Date(now + offsetMs).toUTCString() } }).action;
    expect(at(600_000)).toContain("600 s ahead of");
    expect(at(-95_000)).toContain("95 s behind");
    expect(at(0)).toContain("Check the computer's clock");
    expect(at(9_000)).toContain("Check the computer's clock");
    expect(at(10_000)).toContain("10 s ahead of");
    const pin = {
      status: 401,
      json: { error: [{ message: "Invalid MPIN" }] },
      headers: { date: new Date(now + 600_000).toUTCString() },
    };
    expect(refuse("mpin", pin).action).not.toContain("600 s");
    expect(refuse("totp", { status: 401, json }).action).toContain("Check the computer's clock");
  });

  it("never repeats the broker's words, and takes no echo of the request for a code", () => {
    const secrets = ["5a4db0c5-canary-token", "+919000000007", "482913", "XY42Z"];
    const text = `Invalid TOTP: ${secrets.join(" ")}`;
    for (const shape of Object.values(shapes)) {
      const error = refuse("totp", { status: 401, json: shape(401, text) });
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
    for (const call of ["totp", "mpin"] as const) expect(refuse(call, { json }, held).brokerCode).toBeUndefined();
  });

  it("shows the codes on record, even where they occur in something held", () => {
    for (const code of ["401", "1037", "900901"]) {
      const json = { stat: "Not_Ok", stCode: code, emsg: "Nope" };
      expect(refuse("totp", { json }, [`x${code}x`]).brokerCode).toBe(code);
    }
    const json = { stat: "Not_Ok", stCode: "4242", emsg: "Nope" };
    expect(refuse("totp", { json }, ["x4242x"]).brokerCode).toBeUndefined();
    expect(refuse("totp", { json: { stat: "Not_Ok", emsg: "Nope" } }, []).brokerCode).toBeUndefined();
  });

  it("shows the codes on record, and short numbers that nobody holds", () => {
    for (const code of ["401", "10512", "900901", "424242"]) {
      const json = { stat: "Not_Ok", stCode: code, emsg: "Nope" };
      expect(refuse("totp", { json }, held).brokerCode).toBe(code);
      expect(refuse("totp", { json }, [code]).brokerCode).toBeUndefined();
    }
  });

  it("names a code that was used already among the causes of a refused TOTP", () => {
    const { action } = refuse("totp", { status: 401, json: { error: [{ code: "401", message: "Invalid TOTP" }] } });
    expect(action).toContain("this code was used already in these 30 seconds");
  });
});
