import { testContext } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { zerodha } from "./provider.ts";
import { account } from "./testing/test-environment.ts";

const refusing: typeof fetch = async () => {
  throw new Error("something was sent");
};

describe("the provider", () => {
  it("declares that every session ends at a time of day, and that errors have statuses of errors", () => {
    const { broker, traits } = zerodha();
    expect(broker).toBe("zerodha");
    expect(traits).toStrictEqual({ dailyCutoff: true, verdictIn: "status" });
  });

  it("has no renewal, clock, network report and enrolment, because the broker has none", () => {
    const names = Object.keys(zerodha());
    for (const name of ["renew", "serverTime", "network", "enrolment"]) expect(names).not.toContain(name);
  });

  it("reaches to the next 06:00 IST", () => {
    const provider = zerodha();
    expect(provider.latestExpiry(Date.UTC(2031, 2, 3, 4, 0))).toBe(Date.UTC(2031, 2, 4, 0, 30));
    expect(provider.latestExpiry(Date.UTC(2031, 2, 4, 0, 30))).toBe(Date.UTC(2031, 2, 5, 0, 30));
  });

  it("sends nothing by itself, and nothing for the challenge", async () => {
    const provider = zerodha();
    const credentials = provider.parseCredentials(account);
    provider.identify(credentials);
    const step = await provider.begin(credentials, testContext({ fetch: refusing }));
    expect(step.kind).toBe("challenge");
  });
});
