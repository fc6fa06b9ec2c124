import { expect, it } from "vitest";
import { busyVerdict, deadVerdict } from "./session-verdict.ts";

const answerOf = (status: number): Parameters<typeof busyVerdict>[0] => ({
  method: "GET",
  path: "/orders",
  status,
  header: () => undefined,
});

it("a word that the session is over is believed of a broker that works, and else left to the probe", () => {
  expect(deadVerdict("1003", busyVerdict(answerOf(200), "Toy", 0))).toEqual({ kind: "dead", brokerCode: "1003" });
  for (const [status, code] of [
    [429, "rate_limited"],
    [503, "broker_unavailable"],
  ] as const)
    expect(deadVerdict("1003", busyVerdict(answerOf(status), "Toy", 0))).toMatchObject({
      kind: "suspect",
      otherwise: { code },
    });
});
