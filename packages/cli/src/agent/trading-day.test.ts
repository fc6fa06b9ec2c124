import { describe, expect, it } from "vitest";
import { planOf, timeOfDay } from "./trading-day.ts";

const end = timeOfDay("15:30") ?? Number.NaN;
const at = (text: string): number => Date.parse(`${text}+05:30`);

describe("the agent's trading day", () => {
  it.each([
    // 2031-03-03 is a Monday.
    ["2031-03-03T07:00:00", 0, "rest", "2031-03-03T08:40:00"],
    ["2031-03-03T08:41:00", 0.5, "rest", "2031-03-03T08:45:00"],
    ["2031-03-03T08:45:00", 0.5, "keep", "2031-03-03T15:30:00"],
    ["2031-03-03T15:29:59", 0.999, "keep", "2031-03-03T15:30:00"],
    ["2031-03-03T15:30:00", 0, "rest", "2031-03-04T08:40:00"],
    ["2031-03-07T16:00:00", 0, "rest", "2031-03-10T08:40:00"],
    ["2031-03-08T12:00:00", 0, "rest", "2031-03-10T08:40:00"],
    ["2031-03-09T23:59:59", 0, "rest", "2031-03-10T08:40:00"],
    ["2031-03-10T00:00:00", 0, "rest", "2031-03-10T08:40:00"],
  ])("at %s IST with the jitter %d it is %s until %s IST", (now, random, kind, until) => {
    expect(planOf(at(now), end, random)).toEqual({ kind, until: at(until) });
  });

  it("an end before the usual first login is kept from its own time on, and never before", () => {
    const early = timeOfDay("08:00") ?? Number.NaN;
    expect(planOf(at("2031-03-03T07:59:00"), early, 0)).toEqual({ kind: "rest", until: at("2031-03-03T08:00:00") });
  });

  it.each(["", "24:00", "15:60", "15", "3 pm", "15:30:00", "-1:00"])("%j is no time of day", (text) => {
    expect(timeOfDay(text)).toBeUndefined();
  });
});
