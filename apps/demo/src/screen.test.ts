import { describe, expect, it } from "vitest";
import type { LoginReport } from "./login-report.ts";
import { renderReport } from "./screen.ts";

const report: LoginReport = {
  ok: false,
  accounts: [
    {
      account: "main",
      broker: "nubra",
      environment: "production",
      state: "logged_in",
      expiresAt: "2031-03-02T11:30:00.000Z",
      obtainedBy: "login",
      tookMs: 612,
      headers: ["authorization: Bearer [secret]", "x-device-id: [secret]"],
    },
    {
      account: "hedge",
      broker: "kotak-neo",
      environment: "production",
      state: "login_blocked",
      expiresAt: null,
      obtainedBy: "login",
      tookMs: 98,
      headers: [],
      error: {
        code: "pin_rejected",
        message: "tradeApiValidate: the broker refused the MPIN",
        action: "Correct the MPIN; the refused one is never sent again.",
      },
    },
  ],
  calls: [{ account: "main", broker: "nubra", method: "GET", path: "/userinfo", status: 200, ok: true }],
  use: [
    { alias: "trading", account: "main", broker: "nubra", holdings: 1 },
    { alias: "hedging", account: "hedge", broker: "kotak-neo", holdings: null },
  ],
};

describe("the screen", () => {
  it("shows accounts as a table, with headers or what to do below each", () => {
    expect(renderReport(report, undefined))
      .toBe(`ACCOUNT  BROKER     ENVIRONMENT  STATE          EXPIRES AT               TOOK
main     nubra      production   logged in      2031-03-02 17:00:00 IST  612 ms
    authorization: Bearer [secret]; x-device-id: [secret]
hedge    kotak-neo  production   login blocked  -                        98 ms
    pin_rejected: tradeApiValidate: the broker refused the MPIN -> Correct the
    MPIN; the refused one is never sent again.

main  GET  /userinfo  200

trading is main (nubra): 1 holding
hedging is hedge (kotak-neo): holdings not read
`);
  });

  it("breaks long texts between words and before column 80", () => {
    const message = "the broker asks for fewer requests and says so at some length ".repeat(5).trim();
    const error = { code: "rate_limited", message, action: "Wait." } as const;
    const lines = renderReport({ ...report, calls: [{ ...report.calls[0]!, error }] }, undefined).split("\n");
    const begins = lines.findIndex((line) => line.startsWith("    rate_limited: the broker"));
    const ends = lines.findIndex((line) => line.endsWith("-> Wait."));
    expect(ends - begins).toBeGreaterThan(3);
    for (const line of lines) expect(line.length).toBeLessThan(81);
    expect(
      lines
        .slice(begins, ends + 1)
        .map((line) => line.trim())
        .join(" "),
    ).toBe(`rate_limited: ${message} -> Wait.`);
  });

  it("has no empty block where no call was made and no alias is there", () => {
    expect(renderReport({ ...report, calls: [], use: [] }, undefined)).not.toMatch(/\n\n/);
  });
});
