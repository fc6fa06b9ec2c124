import { describe, expect, it } from "vitest";
import { momentOf, spanOf } from "../india-time.ts";
import { nextTime } from "./desk-clock.ts";

const at = (time: string, day = "03"): number => Date.parse(`2031-03-${day}T${time}+05:30`);

describe("the desk's clock", () => {
  it.each([
    ["09:20", at("09:20:10")],
    ["09:21", at("09:21:00")],
    ["9:21", at("09:21:00")],
    ["09:19", at("09:19:00", "04")],
    ["00:00", at("00:00:00", "04")],
    ["24:00", undefined],
    ["9.20", undefined],
  ])("goes on from 09:20:10 to %s", (text, moment) => {
    expect(nextTime(at("09:20:10"), text)).toBe(moment);
  });

  it("says a moment with its day where that is another one, in India", () => {
    expect(momentOf(at("23:59:00"), at("00:00:00"))).toBe("23:59");
    expect(momentOf(at("00:00:00", "04"), at("23:59:00"))).toBe("Tue 4 Mar, 00:00");
  });

  it.each([
    [30_000, "30 s"],
    [360_000, "6 min"],
    [3_600_000, "1 h 0 min"],
    [86_340_000, "23 h 59 min"],
  ])("says a span of %i ms as %s", (ms, text) => {
    expect(spanOf(ms)).toBe(text);
  });
});
