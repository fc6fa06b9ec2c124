import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeskConfiguration } from "../desk/desk-configuration.ts";
import { deskSandbox, loginCounts, sandboxAddresses } from "../desk/sandbox-side.ts";
import { Supervisor, type SupervisorReport } from "./supervisor.ts";
import type { JobName } from "./jobs.ts";
import { compileCache } from "../testing/compile-cache.ts";

let folder = "";
let sandbox: Sandbox;
let supervisor: Supervisor;
const heard: { readonly job: JobName; readonly report: SupervisorReport }[] = [];
const pids = new Map<JobName, number | undefined>();
const news = new EventTarget();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-supervisor-"));
  sandbox = await startSandbox(deskSandbox());
  sandbox.clock.set(Date.parse("2031-03-03T10:00:10.5+05:30"));
  heard.length = 0;
  const { file: config } = await DeskConfiguration.own(folder);
  supervisor = new Supervisor(
    {
      config,
      folder,
      env: { PATH: process.env["PATH"], ...compileCache },
      sandbox: sandboxAddresses(sandbox),
      roundMs: 100,
      heard(job, report) {
        heard.push({ job, report });
        news.dispatchEvent(new Event("news"));
      },
      changed(job, pid) {
        pids.set(job, pid);
        news.dispatchEvent(new Event("news"));
      },
    },
    { clockOffsetMs: sandbox.clock.offsetMs, left: [] },
  );
});
afterEach(async () => {
  await supervisor.close();
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await once(news, "news");
}

/** Calls of a process that were answered. */
const answers = (job: JobName, account: string): number =>
  heard.filter(
    ({ job: who, report }) =>
      who === job &&
      report.type === "report" &&
      report.report.kind === "call" &&
      report.report.call.account === account &&
      report.report.call.ok,
  ).length;

const logins = (account: string): number =>
  loginCounts(sandbox, [{ name: account, broker: { main: "nubra", hedge: "kotak-neo" }[account] ?? "angel-one" }])[
    account
  ] ?? 0;

async function allAnswered(times: number): Promise<void> {
  await until(
    () =>
      answers("momentum", "trading") >= times &&
      answers("positions", "hedge") >= times &&
      ["main", "hedge", "angel"].every((account) => answers("risk", account) >= times),
  );
}

describe("three processes on four brokers", { timeout: 30_000 }, () => {
  it("log in once per account between them, and share the sessions", async () => {
    supervisor.start();
    await allAnswered(3);
    expect({ main: logins("main"), hedge: logins("hedge"), angel: logins("angel") }).toEqual({
      main: 1,
      hedge: 1,
      angel: 1,
    });
    const sessions = heard.flatMap(({ report }) =>
      report.type === "event" && report.event.type === "session"
        ? [`${report.event.account} ${report.event.obtainedBy}`]
        : [],
    );
    expect(sessions.toSorted()).toEqual(["angel login", "hedge login", "hedge store", "main login", "main store"]);
  });

  it("go on when one of them is killed; its successor finds the sessions in the store", async () => {
    supervisor.start();
    await allAnswered(1);
    const killed = supervisor.kill("risk");
    await until(() => pids.get("risk") !== killed && pids.get("risk") !== undefined);
    const before = heard.length;
    await until(() => heard.slice(before).some(({ job, report }) => job === "risk" && report.type === "ready"));
    await allAnswered(answers("risk", "main") + 2);
    expect({ main: logins("main"), hedge: logins("hedge"), angel: logins("angel") }).toEqual({
      main: 1,
      hedge: 1,
      angel: 1,
    });
  });

  it("end and begin again without a login", async () => {
    supervisor.start();
    await allAnswered(1);
    await supervisor.restart();
    await allAnswered(answers("momentum", "trading") + 2);
    expect({ main: logins("main"), hedge: logins("hedge"), angel: logins("angel") }).toEqual({
      main: 1,
      hedge: 1,
      angel: 1,
    });
  });

  it("end with their parent's word, every one of them", async () => {
    supervisor.start();
    await allAnswered(1);
    const running = [...pids.values()];
    await supervisor.close();
    for (const pid of running) expect(() => process.kill(pid ?? 0, 0)).toThrow(/ESRCH/);
  });

  it("tell what is wrong with a configuration, and go on when it is right again", async () => {
    const right = await readFile(join(folder, ".env"), "utf8");
    await writeFile(join(folder, ".env"), right.replace(/^DESK_MAIN_MPIN=.*$/m, "DESK_MAIN_MPIN=12"));
    supervisor.start();
    await until(() => heard.filter(({ report }) => report.type === "trouble").length >= 3);
    const troubles = heard.flatMap(({ report }) => (report.type === "trouble" ? [report.message] : []));
    expect(new Set(troubles)).toEqual(new Set(["accounts.main.mpin: must be 4 to 6 digits"]));
    await writeFile(join(folder, ".env"), right);
    await allAnswered(1);
  });
});
