import { describe, expect, it } from "vitest";
import { parseBaseUrl } from "./base-url.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";

function parsed(input: unknown, environment: string): string {
  return parseBaseUrl(input, environment, "baseUrl", "nubra");
}

function refusal(input: unknown, environment: string): BrokerAuthError {
  try {
    parsed(input, environment);
  } catch (error) {
    if (error instanceof BrokerAuthError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a base address in place of the broker's own", () => {
  it.each([
    ["https://proxy.example", "https://proxy.example"],
    ["https://proxy.example/", "https://proxy.example"],
    ["https://proxy.example//", "https://proxy.example"],
    ["HTTPS://Proxy.Example:8443", "https://proxy.example:8443"],
    ["https://proxy.example:443", "https://proxy.example"],
    ["https://10.0.0.5:9", "https://10.0.0.5:9"],
  ])("%s is taken as %s", (input, origin) => {
    expect(parsed(input, "production")).toBe(origin);
    expect(parsed(input, "uat")).toBe(origin);
  });

  it.each([
    ["plain http", "http://proxy.example", /must begin with https/],
    ["another scheme", "ftp://proxy.example", /must begin with https/],
    ["loopback by https", "https://127.0.0.1:8080", /loopback.*sandbox/],
    ["localhost", "http://localhost:8080", /loopback.*sandbox/],
    ["loopback by IPv6", "https://[::1]", /loopback.*sandbox/],
    ["localhost with the dot of the root", "https://localhost.", /loopback.*sandbox/],
    ["a name below localhost", "https://a.localhost:9", /loopback.*sandbox/],
    ["no address in particular", "https://0.0.0.0", /loopback.*sandbox/],
    ["no address in particular by IPv6", "https://[::]", /loopback.*sandbox/],
    ["loopback by IPv4 within IPv6", "https://[::ffff:127.0.0.1]", /loopback.*sandbox/],
    ["loopback as a number", "https://2130706433", /loopback.*sandbox/],
  ])("is refused outside the sandbox: %s", (_, input, message) => {
    for (const environment of ["production", "uat", ""]) expect(refusal(input, environment).message).toMatch(message);
  });

  it.each([
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://localhost:1/", "http://localhost:1"],
    ["https://[::1]:9", "https://[::1]:9"],
  ])("in the sandbox %s is taken as %s", (input, origin) => {
    expect(parsed(input, "sandbox")).toBe(origin);
  });

  it.each([
    "https://proxy.example",
    "http://10.0.0.1",
    "ws://127.0.0.1",
    "ftp://localhost",
    "xhttp://127.0.0.1",
    "http://127.0.0.1.evil.example",
    "http://localhost.",
    "http://a.localhost",
    "http://0.0.0.0",
    "http://[::ffff:127.0.0.1]",
  ])("is refused in the sandbox: %s", (input) => {
    expect(refusal(input, "sandbox").message).toMatch(/must be http on a loopback address/);
  });

  it.each([
    ["a path", "https://proxy.example/api", /without a path/],
    ["a query", "https://proxy.example/?token=canary-1", /without a path/],
    ["a fragment", "https://proxy.example/#canary-1", /without a path/],
    ["a user name", "https://canary-1@proxy.example", /user name or password/],
    ["a password", "https://:canary-1@proxy.example", /user name or password/],
    ["no scheme", "canary-1.example", /not an address/],
    ["nothing", "", /not an address/],
    ["no text", 8080, /not an address/],
    ["no value", undefined, /not an address/],
    ["an address object", new URL("https://proxy.example"), /not an address/],
  ])("is refused with %s, and the error names the field and never the value", (_, input, message) => {
    for (const environment of ["production", "sandbox"]) {
      const error = refusal(input, environment);
      expect(error).toMatchObject({ code: "configuration", field: "baseUrl", broker: "nubra" });
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/^baseUrl: /);
      expect(JSON.stringify(error)).not.toContain("canary-1");
    }
  });
});
