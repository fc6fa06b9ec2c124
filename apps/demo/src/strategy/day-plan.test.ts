import { describe, expect, it } from "vitest";
import { dayPlan } from "./day-plan.ts";

/** A moment in India. 2031-03-03 is a Monday. */
const at = (text: string): number => Date.parse(`${text}+05:30`);

describe("the day plan", () => {
  const plan = dayPlan();

  it("logs in before the open, trades while the market is open, and rests afterwards", () => {
    const phases = ["08:44:59", "08:45:00", "09:14:59.999", "09:15:00", "15:29:59.999", "15:30:00"].map(
      (time) => plan(at(`2031-03-03T${time}`)).phase,
    );
    expect(phases).toEqual(["closed", "prepare", "prepare", "open", "open", "closed"]);
  });

  it("allows orders from 09:15 to 15:30 and at no other time", () => {
    const allowed = Array.from({ length: 24 * 60 }, (_, minute) => at("2031-03-03T00:00:00") + minute * 60_000).filter(
      (moment) => plan(moment).phase === "open",
    );
    expect(allowed[0]).toBe(at("2031-03-03T09:15:00"));
    expect(allowed.at(-1)).toBe(at("2031-03-03T15:29:00"));
    expect(allowed).toHaveLength(6 * 60 + 15);
  });

  it("tells when the phase changes, over nights, weekends and holidays", () => {
    expect(plan(at("2031-03-03T07:00:00")).nextAt).toBe(at("2031-03-03T08:45:00"));
    expect(plan(at("2031-03-03T09:00:00")).nextAt).toBe(at("2031-03-03T09:15:00"));
    expect(plan(at("2031-03-03T12:00:00")).nextAt).toBe(at("2031-03-03T15:30:00"));
    expect(plan(at("2031-03-07T16:00:00")).nextAt).toBe(at("2031-03-10T08:45:00"));
    const withHoliday = dayPlan({ holidays: ["2031-03-10"] });
    expect(withHoliday(at("2031-03-07T16:00:00")).nextAt).toBe(at("2031-03-11T08:45:00"));
    expect(withHoliday(at("2031-03-10T12:00:00")).phase).toBe("closed");
  });

  it("goes on reading after the close, or logs out and rests", () => {
    expect(plan(at("2031-03-03T18:00:00")).mayRead).toBe(true);
    expect(dayPlan({ after: "logout" })(at("2031-03-03T18:00:00")).mayRead).toBe(false);
  });
});
