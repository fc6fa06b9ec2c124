import { testContext } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { KotakNeoOptions } from "./options.ts";
import { kotakNeo } from "./provider.ts";
import { account, attended } from "./testing/scripted-broker.ts";

const refusing: typeof fetch = async () => {
  throw new Error("something was sent");
};

describe("the provider", () => {
  it("declares that every session ends at a time of day, and that verdicts are in the body", () => {
    const { broker, traits } = kotakNeo();
    expect(broker).toBe("kotak-neo");
    expect(traits).toStrictEqual({ dailyCutoff: true, verdictIn: "body" });
  });

  it("has no renewal, no remote logout and no enrolment, because the broker has none", () => {
    const names = Object.keys(kotakNeo());
    for (const name of ["renew", "revoke", "enrolment"]) expect(names).not.toContain(name);
  });

  it("reaches to the next 00:00 IST", () => {
    const provider = kotakNeo();
    expect(provider.latestExpiry(Date.UTC(2031, 2, 2, 4, 30))).toBe(Date.UTC(2031, 2, 2, 18, 30));
    expect(provider.latestExpiry(Date.UTC(2031, 2, 2, 18, 30))).toBe(Date.UTC(2031, 2, 3, 18, 30));
  });

  it("refuses wrong options and accounts before anything is sent", () => {
    expect(() => kotakNeo({ retries: 3 } as KotakNeoOptions)).toThrow(
      expect.objectContaining({ code: "configuration", field: "retries" }) as Error,
    );
    expect(() => kotakNeo().parseCredentials({ ...account, ucc: "" })).toThrow(
      expect.objectContaining({ code: "configuration", field: "ucc" }) as Error,
    );
  });

  it("sends nothing by itself", async () => {
    const provider = kotakNeo();
    const credentials = provider.parseCredentials(attended);
    provider.identify(credentials);
    const step = await provider.begin(credentials, testContext({ fetch: refusing }));
    expect(step.kind).toBe("challenge");
  });
});
