import { describe, expect, it } from "vitest";
import { neverLeft } from "./unsent-failure.ts";

// What can end a connection that was open as well as the try to open one.
const ambiguous = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ETIMEDOUT"];

describe("what a failed fetch proves", () => {
  it.each<[string, unknown, boolean]>([
    ["a refused connection", coded("ECONNREFUSED", "connect"), true],
    ["a host without an address", coded("ENOTFOUND", "getaddrinfo"), true],
    ["one below two other errors", new TypeError("f", { cause: new Error("m", { cause: coded("ENOTFOUND") }) }), true],
    [
      "all addresses refused",
      new TypeError("f", {
        cause: new AggregateError([coded("ECONNREFUSED", "connect"), coded("ENETUNREACH", "connect")]),
      }),
      true,
    ],
    [
      "one address refused, one lost",
      new TypeError("f", {
        cause: new AggregateError([coded("ECONNREFUSED", "connect"), coded("ECONNRESET", "read")]),
      }),
      false,
    ],
    ["no address tried", new AggregateError([]), false],
    ["a reset", new TypeError("f", { cause: coded("ECONNRESET") }), false],
    ["an error without a code", new TypeError("fetch failed"), false],
    ["the code in the message only", new Error("connect ECONNREFUSED"), false],
    ["a number as code", Object.assign(new Error("m"), { code: 111 }), false],
    ["a text", "ECONNREFUSED", false],
    ["nothing", undefined, false],
    ["null", null, false],
  ])("is that it never left, or nothing: %s: %s", (_, error, expected) => {
    expect(neverLeft(error)).toBe(expected);
  });

  it.each(ambiguous)("is nothing for %s unless connecting failed with it", (code) => {
    const failed = (syscall?: string): TypeError => new TypeError("fetch failed", { cause: coded(code, syscall) });
    expect([failed("connect"), failed("read"), failed("write"), failed()].map(neverLeft)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("ends where errors cause each other in a circle", () => {
    const [one, two] = [new Error("one"), new Error("two")];
    one.cause = two;
    two.cause = one;
    expect(neverLeft(one)).toBe(false);
  });
});

function coded(code: string, syscall?: string): Error {
  return Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) });
}
