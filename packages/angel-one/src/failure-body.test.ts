import { describe, expect, it } from "vitest";
import { addressText, rateText, readFailure } from "./failure-body.ts";
import { granted, refusedBy, stoppedBy } from "./testing/answers.ts";

describe("what an answer says of a failure", () => {
  it.each<[string, unknown]>([
    ["the services' envelope", refusedBy("AB1050", "Invalid totp")],
    ["the gateway's envelope", stoppedBy("AB1050", "Invalid totp")],
    ["the services' with texts", { status: "false", message: "Invalid totp", errorcode: "AB1050", data: "null" }],
    ["the gateway's with texts", { success: "false", message: "Invalid totp", errorCode: "AB1050", data: "" }],
    ["a code beside a success", { status: true, message: "Invalid totp", errorcode: "AB1050" }],
  ])("stands in %s", (_, json) => {
    expect(readFailure(json)).toStrictEqual({ text: "Invalid totp", code: "AB1050", marked: true });
  });

  it("is a mark without a code where the code is none that is known, which may be what was sent", () => {
    expect(readFailure(refusedBy("T100009"))).toStrictEqual({ text: "invented", code: undefined, marked: true });
    expect(readFailure(stoppedBy(""))).toStrictEqual({ text: "invented", code: undefined, marked: true });
  });

  it.each([
    [granted().json],
    [{ ...granted().json, errorcode: null }],
    [{ ...granted().json, errorcode: "null" }],
    [undefined],
    [null],
    [[]],
    ["text"],
    [{}],
    [{ data: { status: false } }],
  ])("is nothing in %j", (json) => {
    expect(readFailure(json)).toMatchObject({ code: undefined, marked: false });
  });

  it("is no longer than the patterns that look through it can bear", () => {
    expect(readFailure({ message: "x".repeat(100_000) }).text).toHaveLength(500);
  });
});

it.each([
  ["Access denied because of exceeding rate limit", true],
  ["Access denied because of exceeding access rate", true],
  ["Too many requests", true],
  ["Interest rate exceeds the limit", false],
])("%s is about the rate: %s", (text, expected) => {
  expect(rateText.test(text)).toBe(expected);
});

it("the text about an address is known", () => {
  expect(addressText.test("Access denied: Unregistered IP address 203.0.113.7")).toBe(true);
});
