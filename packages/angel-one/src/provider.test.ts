import { testContext } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { angelOne } from "./provider.ts";
import { attended } from "./testing/scripted-broker.ts";

const refusing: typeof fetch = async () => {
  throw new Error("something was sent");
};

describe("the provider", () => {
  it("declares that every session ends at a time of day, and that refusals hide under HTTP 200", () => {
    const { broker, traits } = angelOne();
    expect(broker).toBe("angel-one");
    expect(traits).toStrictEqual({ dailyCutoff: true, verdictIn: "body" });
  });

  it("has no network report and no enrolment, because the broker has none", () => {
    const names = Object.keys(angelOne());
    for (const name of ["network", "enrolment"]) expect(names).not.toContain(name);
  });

  it("reaches to the next 00:00 IST", () => {
    const provider = angelOne();
    expect(provider.latestExpiry(Date.UTC(2031, 2, 3, 4, 0))).toBe(Date.UTC(2031, 2, 3, 18, 30));
    expect(provider.latestExpiry(Date.UTC(2031, 2, 3, 18, 30))).toBe(Date.UTC(2031, 2, 4, 18, 30));
  });

  it("sends nothing by itself, and nothing for the challenge", async () => {
    const provider = angelOne();
    const credentials = provider.parseCredentials(attended);
    provider.identify(credentials);
    const step = await provider.begin(credentials, testContext({ fetch: refusing }));
    expect(step.kind).toBe("challenge");
  });
});
