import { describe, expect, it } from "vitest";
import { remembered } from "./remembered.ts";

describe("what is remembered by a text", () => {
  it("is made once for each text, and not remembered where making it fails", () => {
    const made: string[] = [];
    const of = remembered((text) => {
      made.push(text);
      if (text === "wrong") throw new Error("none");
      return { text };
    });
    expect(of("a")).toBe(of("a"));
    expect(of("b")).not.toBe(of("a"));
    for (let times = 0; times < 2; times++) expect(() => of("wrong")).toThrow("none");
    expect(made).toStrictEqual(["a", "b", "wrong", "wrong"]);
  });

  it("does not grow with the number or the length of texts", () => {
    let calls = 0;
    const of = remembered((text) => ({ text, nth: ++calls }));
    const long = "x".repeat(513);
    expect(of(long).nth).not.toBe(of(long).nth);
    const first = of("0");
    for (let index = 1; index < 1_000; index++) of(String(index));
    expect(of("0")).not.toBe(first);
    expect(of("0")).toStrictEqual({ text: "0", nth: calls });
  });
});
