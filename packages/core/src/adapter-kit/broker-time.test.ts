import { expect, it } from "vitest";
import type { BrokerAnswer } from "./broker-call.ts";
import { brokerTime } from "./broker-time.ts";

const at = Date.UTC(2031, 2, 3, 3, 30, 7);

function answered(date: string | undefined, status = 401): BrokerAnswer {
  const header = (name: string): string | undefined => (name === "date" ? date : undefined);
  return {
    broker: "b",
    title: "B",
    step: "clock",
    path: "/call",
    status,
    ok: false,
    header,
    json: undefined,
    body: "empty",
  };
}

it("the broker's time is the Date of an answer under any status, with half a second for the cut", () => {
  for (const status of [200, 401, 503]) expect(brokerTime(answered(new Date(at).toUTCString(), status))).toBe(at + 500);
});

it.each([undefined, "yesterday"])("an answer with the Date %s tells no time", (date) => {
  expect(() => brokerTime(answered(date))).toThrow(expect.objectContaining({ code: "protocol_error", step: "clock" }));
});
