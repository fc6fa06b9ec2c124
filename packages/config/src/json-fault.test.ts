import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault } from "./json-fault.ts";

describe("the place of a JSON fault", () => {
  it.each([
    ["an unquoted value", '{"a": x}', 6],
    ["a comma before the closing brace", '{"a": 1,}', 8],
    ["a missing comma", '{"a": 1 "b": 2}', 8],
    ["a quote of another language", "{'a': 1}", 1],
    ["a comment", "// first\n{}", 0],
    ["a number with a leading zero", '{"a": 0012}', 7],
    ["a line break within a text", '{"a": "x\ny"}', 6],
    ["a text after the end", "{} {}", 3],
    ["a bracket of the wrong kind", '{"a": [1}', 8],
    ["an end too early", '{"a": [1, ', 10],
    ["nothing at all", " ", 1],
  ])("is found for %s", (_, text, at) => {
    expect(findJsonFault(text)).toBe(at);
  });

  it("exists exactly where JSON.parse refuses the text", () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat({ max: 2 }),
        fc.constantFrom("", ",", '"', "}", "]", ":", "0", "-", "e", "\\", "\n", "\u00a0", "t"),
      )
      .map(([text, at, removed, added]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + added + text.slice(place + removed);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(findJsonFault(text) === undefined).toBe(parses(text));
      }),
      { seed: 20_310_302, numRuns: 5000 },
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
