import type { BrokerAuthEvent } from "@x/core";
import { beforeEach, describe, expect, it } from "vitest";
import type { CallReport } from "../account-call.ts";
import { EventLog } from "./event-log.ts";
import type { Who } from "./desk-view.ts";

const expiresAt = 1_000_000;
const main = { account: "main", broker: "nubra" };

let log: EventLog;
beforeEach(() => {
  log = new EventLog();
});

function session(who: Who, obtainedBy: "login" | "renewal" | "store", generation: number, at: number): void {
  log.heardEvent(who, { type: "session", obtainedBy, generation, expiresAt, at, ...main } satisfies BrokerAuthEvent);
}

function warn(who: Who, at: number, message: string): void {
  log.heardEvent(who, { type: "warning", code: "clock_offset", message, at, ...main });
}

function call(at: number, code?: "broker_unavailable" | "login_blocked" | "unexpected"): void {
  const facts = { ...main, method: "GET", path: "/userinfo" };
  const report: CallReport =
    code === undefined
      ? { ...facts, status: 200, ok: true }
      : { ...facts, status: null, ok: false, error: { code, message: "what happened", action: "what to do" } };
  log.heardReport("risk", { kind: "call", at, call: report }, "main");
}

const told = (): string[] => log.happenings.map(({ text, times }) => (times === 1 ? text : `${text} (${times})`));

describe("what a process has called under a name", () => {
  it("is of the account that the name stands for: an order at another one is not told as this one's", () => {
    const order = { ...main, account: "trading", method: "POST", path: "/order", status: 200, ok: true } as const;
    log.heardReport("momentum", { kind: "order", at: 10, call: { ...order, fate: "accepted" } }, "main");
    expect(log.lane("momentum", "trading", "main").order).toEqual({ at: 10, fate: "accepted" });
    expect(log.lane("momentum", "trading", "hedge")).toEqual({ outcomes: [] });
  });
});

describe("the event log", () => {
  it("knows one session however many processes share it, and who made it, in whatever order they are heard", () => {
    session("positions", "store", 1, 20);
    session("momentum", "login", 1, 10);
    session("page", "store", 1, 30);
    expect(log.spans).toEqual([
      {
        account: "main",
        generation: 1,
        number: 1,
        from: 10,
        expiresAt,
        by: "login",
        who: "momentum",
        sharedWith: ["momentum", "positions", "page"],
      },
    ]);
  });

  it("ends a session when it is refused, and no later than the next one begins or its time is over", () => {
    session("risk", "login", 1, 10);
    log.heardEvent("risk", { type: "session_ended", generation: 1, reason: "refused", at: 50, ...main });
    session("risk", "renewal", 2, 60);
    session("risk", "renewal", 3, expiresAt + 5);
    expect(log.spans.map(({ endedAt }) => endedAt)).toEqual([50, expiresAt, undefined]);
  });

  it("begins a session where the one before it ended, although the broker's clock is behind the desk's", () => {
    session("risk", "login", 1, 10_000);
    log.heardEvent("page", { type: "session_ended", generation: 1, reason: "logout", at: 70_000, ...main });
    session("risk", "login", 2, 71_000);
    log.setIssued("main", 2, 11_000);
    expect(log.spans.map(({ from, endedAt }) => ({ from, endedAt }))).toEqual([
      { from: 10_000, endedAt: 70_000 },
      { from: 70_000, endedAt: undefined },
    ]);
  });

  it("knows until when a login waits for the next code, and forgets it and what calls met with whatever comes of it", () => {
    call(10, "login_blocked");
    log.heardEvent("page", { type: "unlocked", at: 20, ...main });
    expect(log.account("main").trouble).toBeUndefined();
    log.heardEvent("risk", { type: "waiting", for: "totp_step", until: 900, at: 30, ...main });
    expect(log.account("main").waitsUntil).toBe(900);
    session("risk", "login", 1, 901);
    expect(log.account("main").waitsUntil).toBeUndefined();
  });

  it("tells what lasts once, with how often", () => {
    for (const at of [10, 20, 30])
      log.heardEvent("risk", { type: "failed", code: "login_blocked", message: "nothing was sent", at, ...main });
    expect(told()).toEqual(["login_blocked: nothing was sent (3)"]);
  });

  it("tells what every process warns of once, and again when it has changed", () => {
    warn("page", 1_000, "60 s ahead");
    for (const [at, who] of (["momentum", "positions", "risk"] as const).entries())
      warn(who, 2_000 + at, `${60 + at} s ahead`);
    warn("risk", 100_000, "60 s ahead");
    expect(told()).toEqual(["60 s ahead"]);
    warn("risk", 200_000, "3600 s ahead");
    warn("page", 200_001, "3600 s ahead");
    expect(told()).toEqual(["60 s ahead", "3600 s ahead"]);
  });

  it("tells when calls begin to fail and when they are answered again, and not each of them", () => {
    for (const at of [10, 20]) call(at);
    for (const at of [30, 40, 50]) call(at, "broker_unavailable");
    call(60);
    expect(told()).toEqual(["calls end as broker_unavailable", "calls are answered again"]);
    expect({
      calls: log.counts.calls,
      answers: log.counts.answers,
      named: log.counts.named,
      unexplained: log.counts.unexplained,
    }).toEqual({
      calls: 6,
      answers: 3,
      named: { broker_unavailable: 3 },
      unexplained: 0,
    });
  });

  it("counts a failure without a name of the library as unexplained", () => {
    call(10, "unexpected");
    expect({ named: log.counts.named, unexplained: log.counts.unexplained }).toEqual({ named: {}, unexplained: 1 });
  });

  it("does not tell again by a call what an engine has told of its login", () => {
    log.heardEvent("risk", { type: "failed", code: "login_blocked", message: "nothing was sent", at: 10, ...main });
    call(11, "login_blocked");
    expect(told()).toEqual(["login_blocked: nothing was sent"]);
  });

  it("wakes whoever waits as soon as the condition holds, and tells the one whose time is over", async () => {
    const waiting = log.until(() => log.counts.calls === 2, 10_000);
    call(10);
    call(20);
    expect(await waiting).toBe(true);
    expect(await log.until(() => log.counts.calls === 3, 1)).toBe(false);
  });
});
