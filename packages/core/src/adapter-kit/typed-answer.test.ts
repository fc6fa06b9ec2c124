import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { parseMpin, parseOtp, parseTotpCode, unfitAnswer } from "./typed-answer.ts";

function refusal(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerAuthError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a typed TOTP code", () => {
  it.each([
    ["012345", "012345"],
    [" 012 345\n", "012345"],
    ["000000", "000000"],
    ['"012345"', "012345"],
    ["012-345", "012345"],
  ])("%j is taken as %s", (typed, code) => {
    expect(parseTotpCode(typed)).toBe(code);
  });

  const wrong = "totp: the code must be six digits, given as a string";
  const zeroLost = `${wrong}; leading zeros must be kept: give the code as six characters`;

  it.each([
    ["1234567", wrong],
    ["abcdef", wrong],
    ["", wrong],
    [" ", wrong],
    ["１２３４５６", wrong],
    [null, wrong],
    [undefined, wrong],
    [["123456"], wrong],
    // A generator that drops a zero gives five digits, a number may have lost one as well.
    ["12345", zeroLost],
    ["12-345", zeroLost],
    ["2345", zeroLost],
    [12_345, zeroLost],
    [123_456, zeroLost],
  ])("%j is refused without being shown", (typed, message) => {
    const error = refusal(() => parseTotpCode(typed));
    expect(error).toMatchObject({ code: "configuration", field: "totp" });
    expect(error.message).toBe(message);
  });
});

describe.each([
  ["otp", "an OTP", parseOtp, ["4821", "012345", "01 23-45", '"12345678"'], ["482", "123456789"]],
  ["mpin", "an MPIN", parseMpin, ["0421", "012345", "04 21", "'0421'"], ["421", "1234567"]],
] as const)("a typed answer for %s", (field, _what, parse, right, wrong) => {
  it.each(right)("%j is taken with its zeros, and closed", (typed) => {
    const secret = parse(typed);
    expect(secret.reveal()).toBe(typed.replaceAll(/\D/g, ""));
    expect(JSON.stringify(secret)).toBe('"[secret]"');
  });

  it.each([...wrong, "abcd", "", null, undefined, 4821, ["4821"]])("%j is refused without being shown", (typed) => {
    const error = refusal(() => parse(typed));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(error.message).toMatch(/given as a string$/);
  });
});

it("an answer of another kind than the login waits for is refused, and not named", () => {
  expect(unfitAnswer("mpin", "toy")).toMatchObject({
    code: "configuration",
    broker: "toy",
    field: "answer",
    message: "answer: this login waits for the mpin; there is nothing else to answer, and nothing to send again",
  });
});
