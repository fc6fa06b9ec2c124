import { BrokerAuthError, type BrokerAuthErrorCode, errorCodes, isBrokerAuthError } from "@x/core";
import { parseMpin, parseOtp, parseTotpCode } from "@x/core/adapter";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";

const codes = Object.keys(errorCodes) as BrokerAuthErrorCode[];
const anyCode = new RegExp(codes.filter((code) => code.includes("_")).join("|"));

function refusalOf(parse: () => unknown): BrokerAuthError {
  try {
    parse();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
  }
  throw new Error("was taken");
}

describe("what a person is told of a failure", () => {
  it.each([
    ...codes.map((code) => errorCodes[code].action),
    // Of refusals, as the engine words them (record/login-hold.ts).
    "Take one credential out of the configuration and let auth.login(account, handlers) ask a person for it; or call purge(account), which forgets the refusals.",
    "Look whether the broker works, then call unlock() for one further try, or let auth.login(account) ask a person.",
    "Call again then: nothing is blocked. An auth.login(account) that asks a person for something does not have to wait.",
    "Take totpSecret (or totpCode) out of the account's configuration and call login() with a handler for the OTP. The code was not looked at, and nothing is blocked.",
  ])("names commands where the library names functions: %s", (action) => {
    const { action: told } = failureOf(new BrokerAuthError("login_blocked", "x", { account: "main", action }));
    expect(told).not.toMatch(/\w\(|handler|replay:|\bAn broker-auth|\bcall\b broker-auth|totpCode/);
    expect(told).not.toContain("auth.login");
  });

  it("says what was refused without the step and the code, which are facts of --json", () => {
    const refused = new BrokerAuthError("pin_rejected", "verifypin: Nubra refused the MPIN", {
      account: "main",
      step: "verifypin",
    });
    const before = new BrokerAuthError(
      "login_blocked",
      "nothing was sent: the broker refused this MPIN before (pin_rejected)",
    );
    expect(failureOf(refused).message).toBe("main: Nubra refused the MPIN");
    expect(failureOf(refused).facts).toMatchObject({ code: "pin_rejected", step: "verifypin" });
    expect(failureOf(before).message).not.toMatch(anyCode);
  });

  it.each([
    [() => parseOtp("12"), "the code must be 4 to 8 digits, as they stand in the SMS"],
    [() => parseMpin("12"), "the MPIN must be 4 to 6 digits"],
    [() => parseTotpCode("12x456"), "the code must be six digits"],
  ])("an answer of another form is told in words for who has typed it", (parse, words) => {
    expect(failureOf(refusalOf(parse)).message).toBe(words);
  });
});
