import type { BrokerAnswer, Secret } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { names } from "./endpoints.ts";
import { nubra } from "./provider.ts";
import {
  objectionTo,
  readAddressReport,
  readFirstFactorAccepted,
  readOtpSent,
  readPinAccepted,
  readTotpSecretMade,
  readUserInfo,
} from "./responses.ts";
import {
  addressMatched,
  canaries,
  firstFactorAccepted,
  otpSent,
  pinAccepted,
  sessionToken,
  totpSecretMade,
  userInfo,
} from "./testing/answers.ts";

function answer(json: unknown): BrokerAnswer {
  return {
    ...names,
    step: "s",
    path: "/call",
    status: 200,
    ok: true,
    json,
    body: json === undefined ? "empty" : "json",
    header: () => undefined,
  };
}

/** The same object with its secrets opened. */
function opened(value: object | undefined): unknown {
  return (
    value &&
    Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        typeof part?.reveal === "function" ? (part as Secret).reveal() : part,
      ]),
    )
  );
}

// JSON.parse makes these own keys; an object literal would set the prototype.
const proto: unknown = JSON.parse(
  '{"__proto__":{"temp_token":"a","auth_token":"b","session_token":"c"},"constructor":{"prototype":{"auth_token":"d"}},"next":"ENTER_MPIN"}',
);

describe("answers of the documented calls", () => {
  it("tell the temporary token, where to go on, and what is left", () => {
    expect(opened(readOtpSent(answer(otpSent().json)))).toEqual({
      tempToken: canaries.tempToken,
      next: "VERIFY_MOBILE",
      attemptsLeft: 4,
      expirySeconds: 30,
    });
  });

  it("tell the auth token", () => {
    expect(opened(readFirstFactorAccepted(answer(firstFactorAccepted.json)))).toEqual({
      authToken: canaries.authToken,
      next: "ENTER_MPIN",
    });
  });

  it("tell the session token and the user", () => {
    expect(opened(readPinAccepted(answer(pinAccepted.json)))).toEqual({
      sessionToken: sessionToken(),
      userId: "1001",
      next: "DASHBOARD",
    });
  });

  it("tell the sockets and the version", () => {
    const expected = {
      sockets: { market: "wss://api.nubra.io/apibatch/ws", orders: "wss://api.nubra.io/ws" },
      version: "ACTIVE",
    };
    expect(readUserInfo(answer(userInfo().json))).toEqual(expected);
    expect(readUserInfo(answer({ data: userInfo().json }))).toEqual(expected);
  });

  it("tell the address", () => {
    expect(readAddressReport(answer(addressMatched.json))).toEqual({ allowed: true, address: "203.0.113.10" });
  });

  it("tell the TOTP secret and its picture", () => {
    expect(opened(readTotpSecretMade(answer(totpSecretMade.json)))).toEqual({
      secret: canaries.totpSecret,
      qrImage: "data:image/png;base64,AAAA",
    });
  });
});

describe("odd answers", () => {
  it("are taken with further fields, nulls, and tokens under data", () => {
    expect(
      opened(
        readOtpSent(
          answer({
            temp_token: null,
            further: [],
            data: { temp_token: "t", next: "VERIFY_TOTP", attempts_left: null, expiry: "30" },
          }),
        ),
      ),
    ).toEqual({
      tempToken: "t",
      next: "VERIFY_TOTP",
      attemptsLeft: undefined,
      expirySeconds: undefined,
    });
    expect(opened(readFirstFactorAccepted(answer({ auth_token: "a", next: null, data: "text" })))).toEqual({
      authToken: "a",
      next: undefined,
    });
    expect(opened(readPinAccepted(answer({ session_token: null, data: { session_token: "s" } })))).toMatchObject({
      sessionToken: "s",
    });
    expect(opened(readPinAccepted(answer({ data: { token: "s" }, userId: "x" })))).toEqual({
      sessionToken: "s",
      userId: undefined,
      next: undefined,
    });
  });

  it("prefer the session token of the first of the three places", () => {
    expect(
      opened(readPinAccepted(answer({ session_token: "1", data: { session_token: "2", token: "3" } }))),
    ).toMatchObject({ sessionToken: "1" });
    expect(opened(readPinAccepted(answer({ data: { session_token: "2", token: "3" } })))).toMatchObject({
      sessionToken: "2",
    });
  });

  it.each([
    ["nothing", undefined],
    ["no token", { next: "ENTER_MPIN", message: "OTP sent" }],
    ["a number as token", { temp_token: 1, auth_token: 1, session_token: 1 }],
    ["an empty token", { temp_token: "", auth_token: "", session_token: "" }],
    ["a token with a line break", { temp_token: "a\r\nb", auth_token: "a\r\nb", session_token: "a\r\nb" }],
    [
      "a token beyond any size",
      { temp_token: "a".repeat(8193), auth_token: "a".repeat(8193), session_token: "a".repeat(8193) },
    ],
    ["tokens under __proto__ and constructor", proto],
    ["a bare token where the reference knows none", { token: "t" }],
    ["a list", [{ auth_token: "a", temp_token: "a", session_token: "a" }]],
  ])("are no success with %s", (_what, json) => {
    expect(readOtpSent(answer(json))).toBeUndefined();
    expect(readFirstFactorAccepted(answer(json))).toBeUndefined();
    expect(readPinAccepted(answer(json))).toBeUndefined();
    expect(Object.getPrototypeOf({})).not.toHaveProperty("auth_token");
  });

  it.each([
    [{ secret_key: "not base32!" }],
    [{ secret_key: 7 }],
    [{ secret_key: "A".repeat(17) }],
    [{ secret_key: "A".repeat(19) }],
    [{ secret_key: "A".repeat(104) }],
    [{ secret_key: "a".repeat(32) }],
    [{}],
    [{ data: { qr_image: "data:image/png;base64,AAAA" } }],
  ])("are no TOTP secret: %j", (json) => {
    expect(readTotpSecretMade(answer(json))).toBeUndefined();
  });

  it.each([0, 1, 10])("count %d attempts", (count) => {
    expect(readOtpSent(answer({ temp_token: "t", attempts_left: count }))?.attemptsLeft).toBe(count);
  });

  it.each([-1, 1.5, 11, 4821, 135_797, 1e306, "3", true, null, [3]])("count no attempts by %j", (count) => {
    expect(readOtpSent(answer({ temp_token: "t", attempts_left: count }))?.attemptsLeft).toBeUndefined();
  });

  it.each([0, -30, 86_401, 1e306, -1e306, "30", null])("give a code no life of %j seconds", (expiry) => {
    expect(readOtpSent(answer({ temp_token: "t", expiry }))).toMatchObject({ expirySeconds: undefined });
  });

  it.each([0, -1, 1.5, 1e306, "1001", null])("know no user by the number %j", (userId) => {
    expect(readPinAccepted(answer({ session_token: "s", userId }))).toMatchObject({ userId: undefined });
  });

  it.each([canaries.phone, canaries.mpin, "....", "13:57"])("show no address %s", (address) => {
    expect(readAddressReport(answer({ current_ip_address: address }))).toMatchObject({ address: undefined });
  });

  it("show no address that does not look like one, and no picture that is none", () => {
    expect(
      readAddressReport(answer({ is_matched: false, current_ip_address: canaries.phone + canaries.email })),
    ).toEqual({ allowed: false, address: undefined });
    expect(readAddressReport(answer({ is_matched: "yes" }))).toBeUndefined();
    expect(
      readTotpSecretMade(answer({ secret_key: canaries.totpSecret, qr_image: "https://elsewhere.example/qr" }))
        ?.qrImage,
    ).toBeUndefined();
  });

  it("name no socket that is not there", () => {
    expect(readUserInfo(answer({ version_info: 7 }))).toEqual({
      sockets: { market: undefined, orders: undefined },
      version: undefined,
    });
    expect(readUserInfo(answer({ env_info: { market_ws_url: 7 } }))).toBeUndefined();
  });
});

describe("a success that speaks against itself", () => {
  const credentials = nubra().parseCredentials({ phone: canaries.phone });
  const about = (json: unknown): string | undefined => objectionTo(answer(json), credentials);

  it.each<[string, unknown]>([
    ["an error", { error: "Invalid MPIN" }],
    ["an error of another form", { error: { code: 7 } }],
    ["an error that is a mark", { error: true }],
    ["a list of errors", { errors: ["x"] }],
    ["success: false", { success: false }],
    ["success: false as text", { success: "False" }],
    ["a status of failure", { status: "failed" }],
    ["a status of error", { status: "error" }],
    ["a status by number", { status: 401 }],
    ["another phone", { phone: "9000000002" }],
    ["another phone with its country", { phone: "+91 90000 00002" }],
    ["another phone with a zero", { phone: "09000000002" }],
    ["another phone as a number", { phone: 9_000_000_002 }],
  ])("is seen by %s, at the top or under data", (_what, marks) => {
    const token = { session_token: "s", next: "DASHBOARD" };
    expect(about({ ...token, ...(marks as object) })).toMatch(/^(brings|says|speaks) \w+/);
    expect(about({ data: { ...token, ...(marks as object) } })).toBe(about(marks));
    expect(about({ ...(marks as object), data: token })).toBe(about(marks));
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["empty errors", { error: "", errors: [], nubra_error_code: "" }],
    ["errors that are none", { error: null, errors: {}, success: true, status: "success" }],
    ["the number of a success", { error: 0, status: 200 }],
    ["its own phone", { phone: canaries.phone }],
    ["its own phone with its country", { phone: `+91-${canaries.phone}` }],
    ["its own phone as a number", { phone: Number(canaries.phone) }],
    ["a masked phone", { phone: "90XXXXXX02" }],
    ["a masked phone with stars", { phone: "******0002" }],
    ["the end of a phone", { phone: "0002" }],
    ["no phone", { phone: "" }],
  ])("is not seen in %s", (_what, json) => {
    expect(about(json)).toBeUndefined();
  });
});
