import { describe, expect, it } from "vitest";
import { type CallLimits, oneOf, readOptions } from "./adapter-options.ts";

interface ToySettings extends CallLimits {
  readonly colour: "red" | "blue";
}

function read(given: unknown): ToySettings {
  return readOptions<ToySettings>(given, { colour: oneOf("red", "blue") }, "toy");
}

describe("an adapter's options", () => {
  it.each([
    [{ colour: "blue" }, { colour: "blue" }],
    [
      { timeoutMs: 1, maxBodyBytes: 1024 },
      { colour: "red", timeoutMs: 1, maxBodyBytes: 1024 },
    ],
    [{ colour: undefined }, { colour: "red" }],
    [Object.create(null), { colour: "red" }],
  ])("are taken as they are, with the default for what is left out: %j", (given, settings) => {
    expect(read(given)).toEqual(settings);
  });

  it.each<[string, string, object]>([
    ["colour", 'must be "red" or "blue"', { colour: "canary" }],
    ...[0, -1, 1.5, 600_001, Number.NaN, Number.POSITIVE_INFINITY, "10000", null].map(
      (timeoutMs) =>
        ["timeoutMs", "must be a whole number of milliseconds from 1 to 600000", { timeoutMs }] as [
          string,
          string,
          object,
        ],
    ),
    ["maxBodyBytes", "must be a whole number of bytes from 1024 to 16777216", { maxBodyBytes: 1023 }],
    ["maxBodyBytes", "must be a whole number of bytes from 1024 to 16777216", { maxBodyBytes: 16_777_217 }],
    ["color", "is not an option; there are { colour, timeoutMs, maxBodyBytes }", { color: "red" }],
    ["constructor", "is not an option", { constructor: true }],
    ["options", "is not an option", { "a canary as a name": true }],
    ["options", "must be an object with named options", []],
    ["options", "must be an object with named options", new Map()],
    ["options", "must be an object with named options", Object.create({ colour: "canary" })],
  ])("refuse a wrong %s by its name and without its value: %s", (field, message, given) => {
    expect(() => read(given)).toThrow(
      expect.objectContaining({
        code: "configuration",
        broker: "toy",
        field,
        message: expect.stringContaining(message),
      }),
    );
    expect(() => read(given)).not.toThrow("canary");
  });
});
