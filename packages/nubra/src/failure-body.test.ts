import { describe, expect, it } from "vitest";
import { addressText, readFailure } from "./failure-body.ts";

describe("what a refusal says", () => {
  it("is its error, else its message, else its detail (nubra.md section 8)", () => {
    const all = { error: "one", message: "two", detail: "three" };
    expect(readFailure(all).text).toBe("one");
    expect(readFailure({ ...all, error: "" }).text).toBe("two");
    expect(readFailure({ error: null, message: 7, detail: "three" }).text).toBe("three");
  });

  it.each([undefined, null, "text", [], { error: null, message: 7, attempts_left: -1 }])("is nothing in %j", (json) => {
    expect(readFailure(json)).toEqual({ text: "", attemptsLeft: undefined });
  });

  it("is cut short: patterns look through it", () => {
    expect(readFailure({ error: "a".repeat(100_000) }).text).toHaveLength(500);
  });

  it.each([0, 1, 10])("counts %d attempts", (count) => {
    expect(readFailure({ error: "x", attempts_left: count }).attemptsLeft).toBe(count);
  });

  it.each([-1, 1.5, 11, 4821, 135_797, 1e306, "3", true, null, [3]])("counts no attempts by %j", (count) => {
    expect(readFailure({ error: "x", attempts_left: count }).attemptsLeft).toBeUndefined();
  });

  it.each(["No IP addresses registered", "ip address mismatch", "Trading access is restricted to one address"])(
    "is about the network address: %s",
    (text) => {
      expect(addressText.test(text)).toBe(true);
    },
  );
});
