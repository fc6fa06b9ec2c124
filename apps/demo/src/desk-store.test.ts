import { afterEach, describe, expect, it, vi } from "vitest";
import { demoFolder } from "./desk-store.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("the demo's folder", () => {
  it("is the platform's place for state", () => {
    vi.stubEnv("HOME", "/home/a");
    expect(demoFolder({}, "linux")).toBe("/home/a/.local/state/broker-auth-demo");
    expect(demoFolder({ XDG_STATE_HOME: "/var/state" }, "linux")).toBe("/var/state/broker-auth-demo");
    expect(demoFolder({}, "darwin")).toBe("/home/a/Library/Application Support/broker-auth-demo");
  });

  it("is never below the working directory: without a home directory a folder has to be given", () => {
    vi.stubEnv("HOME", "");
    expect(() => demoFolder({ XDG_STATE_HOME: "" }, "linux")).toThrow(
      expect.objectContaining({ code: "configuration", field: "--data" }),
    );
    expect(demoFolder({ XDG_STATE_HOME: "/var/state" }, "linux")).toBe("/var/state/broker-auth-demo");
  });
});
