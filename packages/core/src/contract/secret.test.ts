import { format, inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { describe, expect, it, vi } from "vitest";
import { isSecret, Secret, secret } from "./secret.ts";

/** The secret where a text is wanted: what a compiler would not let pass. */
const text = (value: Secret): string => value as unknown as string;

const canary = "canary-4f1c-mpin-9081";

describe("a secret", () => {
  it("gives its value only when it is asked to reveal it", () => {
    expect(new Secret(canary).reveal()).toBe(canary);
    expect(new Secret("").reveal()).toBe("");
  });

  it.each<[string, (value: Secret) => string]>([
    ["String()", (value) => String(value)],
    ["a template literal", (value) => `mpin ${text(value)}`],
    ["concatenation", (value) => "mpin=".concat(text(value))],
    ["join", (value) => [value, value].join()],
    ["JSON", (value) => JSON.stringify({ nested: [{ value }] }, undefined, 2)],
    ["inspect", (value) => inspect({ deep: { deeper: { deepest: [value] } } }, { depth: Infinity, showHidden: true })],
    ["inspect without custom functions", (value) => inspect({ value }, { depth: Infinity, customInspect: false })],
    ["inspect through proxies", (value) => inspect(new Proxy({ value }, {}), { showProxy: true, depth: Infinity })],
    ["format", (value) => format("%s %d %i %f %j %o %O", value, value, value, value, value, value, value)],
    ["an error's message and stack", (value) => String(new Error(`refused ${text(value)}`).stack)],
    [
      "an error's own property",
      (value) => inspect(Object.assign(new Error("refused"), { value }), { depth: Infinity }),
    ],
    [
      "a copy of its properties",
      (value) => JSON.stringify([Object.assign({}, value), Object.entries(value), Reflect.ownKeys(value)]),
    ],
    ["a structured clone", (value) => inspect(structuredClone({ value }), { depth: Infinity, customInspect: false })],
    ["V8's serialisation", (value) => inspect(deserialize(serialize({ value })), { customInspect: false })],
    ["URLSearchParams", (value) => new URLSearchParams({ mpin: text(value) }).toString()],
  ])("keeps its value out of %s", (_, print) => {
    const printed = print(new Secret(canary));
    expect(printed).not.toBe("");
    expect(printed).not.toContain(canary);
  });

  it("shows that something is there", () => {
    const value = new Secret(canary);
    expect([String(value), inspect(value), JSON.stringify(value)]).toEqual(["[secret]", "[secret]", '"[secret]"']);
  });
});

describe("wrapping", () => {
  it("leaves a secret as it is and never wraps it twice", () => {
    const value = new Secret(canary);
    expect(secret(value)).toBe(value);
    expect(secret(secret(canary)).reveal()).toBe(canary);
  });
});

describe("recognising a secret", () => {
  it("works for one from another copy of the package", async () => {
    vi.resetModules();
    const other = await import("./secret.ts");
    const foreign = new other.Secret(canary);
    expect(foreign).not.toBeInstanceOf(Secret);
    expect(isSecret(foreign)).toBe(true);
    expect(secret(foreign)).toBe(foreign);
    expect(other.isSecret(new Secret(canary))).toBe(true);
  });

  it.each([
    ["a text", canary],
    ["nothing", undefined],
    ["null", null],
    ["a number", 1234],
    ["a function", () => canary],
    ["something with the same methods", { reveal: () => canary, toJSON: () => "[secret]" }],
    ["a JSON text with the mark's name", JSON.parse('{"Symbol(@x/core/secret)":true,"@x/core/secret":true}')],
  ])("does not take %s for one", (_, value) => {
    expect(isSecret(value)).toBe(false);
  });
});
