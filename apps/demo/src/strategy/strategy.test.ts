import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeskConfiguration } from "../desk/desk-configuration.ts";
import { deskSandbox, sandboxAddresses } from "../desk/sandbox-side.ts";
import { dayPlan, type DayPlanOptions } from "./day-plan.ts";
import { type Engine, openEngine } from "./engine.ts";
import { runStrategy, type StrategyJob, type StrategyReport } from "./strategy.ts";

const at = (time: string): number => Date.parse(`2031-03-03T${time}+05:30`);

let folder = "";
let sandbox: Sandbox;
let engine: Engine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-strategy-"));
  sandbox = await startSandbox(deskSandbox());
  const { file: config } = await DeskConfiguration.own(folder);
  engine = await openEngine({
    config,
    folder,
    env: {},
    sandbox: sandboxAddresses(sandbox),
    now: () => sandbox.clock.now(),
  });
});
afterEach(async () => {
  await engine.auth.close();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly from: string;
  readonly rounds: number;
  /** After each round. */
  readonly stepMs: number;
  readonly job: StrategyJob;
  readonly plan?: DayPlanOptions;
  readonly left?: readonly string[];
  readonly between?: (round: number) => void;
}

/** Runs the strategy through a part of its day. The clock moves on between the rounds and stands still in them, but for what they take. */
async function run({ from, rounds, stepMs, job, plan, left = [], between }: Run): Promise<StrategyReport[]> {
  sandbox.clock.set(at(from));
  const ended = new AbortController();
  const reports: StrategyReport[] = [];
  let round = 0;
  await runStrategy({
    auth: engine.auth,
    job,
    plan: dayPlan(plan),
    now: () => sandbox.clock.now(),
    async pause() {
      round += 1;
      between?.(round);
      sandbox.clock.advance(stepMs);
      if (round >= rounds) ended.abort();
    },
    ended: ended.signal,
    tell: (report) => reports.push(report),
    left: ({ account }) => left.includes(account),
  });
  return reports;
}

const orders = (): number => sandbox.journal.count({ step: ["order", "place-order"], outcome: "accepted" });
const logins = (): number => sandbox.journal.count({ step: ["verifypin", "validate"], outcome: "accepted" });

describe("the strategy", { timeout: 30_000 }, () => {
  it("has its session before the open, good until the close, and orders only while the market is open", async () => {
    const trading = { reads: ["trading"], trades: ["trading"] };
    const before = await run({ from: "08:50:10.5", rounds: 24, stepMs: 60_000, job: trading });
    expect(before.every((report) => report.kind === "call" && report.call.ok)).toBe(true);
    expect((await engine.auth.status("trading")).expiresAt).toBeGreaterThan(at("15:30:00"));
    expect({ orders: orders(), logins: logins() }).toEqual({ orders: 0, logins: 1 });
    await run({ from: "09:15:00", rounds: 11, stepMs: 1_000, job: trading });
    expect({ orders: orders(), logins: logins() }).toEqual({ orders: 2, logins: 1 });
    await run({ from: "15:29:59.5", rounds: 11, stepMs: 1_000, job: trading });
    expect({ orders: orders(), logins: logins() }).toEqual({ orders: 3, logins: 1 });
  });

  it("replaces a session before the open that would end while the market is open", async () => {
    sandbox.clock.set(at("07:00:10.5"));
    await engine.auth.session("main");
    expect((await engine.auth.status("main")).expiresAt).toBeLessThan(at("15:30:00"));
    await run({ from: "09:00:00", rounds: 2, stepMs: 1_000, job: { reads: ["main"], trades: [] } });
    expect((await engine.auth.status("main")).expiresAt).toBeGreaterThan(at("15:30:00"));
    expect(logins()).toBe(2);
  });

  it.each([
    ["hedge", "kotak-neo"],
    ["kite", "zerodha"],
    ["angel", "angel-one"],
  ])("trades at the other broker when the alias means %s, without knowing it", async (account, broker) => {
    sandbox.clock.set(at("10:00:10.5"));
    await engine.auth.login(account, { redirect: ({ url }) => sandbox.zerodha.logInAtPage(url, "kite") });
    await run({ from: "10:00:10.5", rounds: 1, stepMs: 1_000, job: { reads: [account], trades: [account] } });
    expect(sandbox.journal.count({ broker, step: ["place-order", "placeOrder"], outcome: "accepted" })).toBe(1);
  });

  it("sends no further order once the fate of one is not known", async () => {
    const reports = await run({
      from: "10:00:10.5",
      rounds: 35,
      stepMs: 1_000,
      job: { reads: ["main"], trades: ["main"] },
      between: (round) => {
        if (round === 5) sandbox.nubra.setScenario("main", { name: "reset", step: "order", acted: true });
      },
    });
    const fates = reports.flatMap((report) => (report.kind === "order" ? [report.call.fate] : []));
    expect(fates).toEqual(["accepted", "unknown"]);
    expect(sandbox.journal.count({ step: "order" })).toBe(2);
  });

  it("knows an order that a dead session refused for one that was not executed, and may decide anew", async () => {
    const reports = await run({
      from: "10:00:10.5",
      rounds: 21,
      stepMs: 1_000,
      job: { reads: ["hedge"], trades: ["hedge"] },
      between: (round) => {
        if (round === 5)
          sandbox.kotakNeo.setScenario("hedge", { name: "session-expired", step: "place-order", times: 1 });
        // The next TOTP code.
        if (round === 9) sandbox.clock.advance(30_000);
      },
    });
    const fates = reports.flatMap((report) => (report.kind === "order" ? [report.call.fate] : []));
    expect(fates).toEqual(["accepted", "not_executed", "accepted"]);
    expect(orders()).toBe(2);
  });

  it("gives every failure its name and goes on", async () => {
    const reports = await run({
      from: "10:00:10.5",
      rounds: 8,
      stepMs: 1_000,
      job: { reads: ["main"], trades: [] },
      between: (round) => {
        if (round === 1) sandbox.nubra.setScenario("main", { name: "html-page", step: "userinfo", times: 2 });
        if (round === 4) sandbox.nubra.setScenario("main", { name: "reset", step: "userinfo", times: 1 });
      },
    });
    const outcomes = reports.flatMap((report) =>
      report.kind === "call" ? [report.call.error?.code ?? report.call.status] : [],
    );
    expect(outcomes).toEqual([
      200,
      "broker_unavailable",
      "broker_unavailable",
      200,
      "broker_unavailable",
      200,
      200,
      200,
    ]);
    expect(logins()).toBe(1);
  });

  it("leaves an account alone that a person has logged out", async () => {
    const reports = await run({
      from: "10:00:10.5",
      rounds: 3,
      stepMs: 1_000,
      job: { reads: ["main"], trades: ["main"] },
      left: ["main"],
    });
    expect(reports).toEqual([]);
    expect(sandbox.journal.count()).toBe(0);
  });

  it("logs out once after the close and rests, where its plan says so", async () => {
    const job = { reads: ["main"], trades: ["main"] };
    await run({ from: "15:00:10.5", rounds: 2, stepMs: 1_000, job, plan: { after: "logout" } });
    expect((await engine.auth.status("main")).state).toBe("logged_in");
    const reports = await run({ from: "15:30:00", rounds: 5, stepMs: 60_000, job, plan: { after: "logout" } });
    expect(reports).toEqual([]);
    expect((await engine.auth.status("main")).state).toBe("logged_out");
    expect(sandbox.journal.count({ step: "logout" })).toBe(1);
  });
});
