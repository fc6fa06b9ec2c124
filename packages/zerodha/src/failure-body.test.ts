import { describe, expect, it } from "vitest";
import { addressText, readFailure } from "./failure-body.ts";

describe("what an answer says of a failure", () => {
  it("is its message and one of the documented error types", () => {
    const body = {
      status: "error",
      message: "Insufficient permission for that call.",
      error_type: "PermissionException",
    };
    expect(readFailure(body)).toStrictEqual({ text: body.message, errorType: "PermissionException" });
  });

  it.each([[undefined], [null], [[]], ["text"], [{}], [{ message: 7, error_type: 7 }], [{ error_type: "toString" }]])(
    "is nothing in %j",
    (json) => {
      expect(readFailure(json)).toStrictEqual({ text: "", errorType: undefined });
    },
  );

  it("is no longer than the patterns that look through it can bear", () => {
    expect(readFailure({ message: "x".repeat(100_000) }).text).toHaveLength(500);
  });
});

it.each([
  ["IP (2402:3a80:1::7) is not allowed", true],
  ["IP (203.0.113.7) is not allowed to place orders for this app", true],
  ["Your order is not allowed", false],
  ["Order for IP (INVENTED) was rejected", false],
])("%s is about the address: %s", (text, expected) => {
  expect(addressText.test(text)).toBe(expected);
});
