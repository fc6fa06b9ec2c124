import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { exitCodes } from "./exit-code.ts";
import { statusTable } from "./status-table.ts";
import { isInstalled, Trial } from "./testing/trial.ts";

const place = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(place, "README.md"), "utf8");

/** The first block of a language below a heading. */
function block(heading: string, language: string): string {
  const from = readme.search(new RegExp(`\n##+ ${heading}\n`));
  const [, found] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme.slice(from)) ?? [];
  if (from < 0 || found === undefined) throw new Error(`the README has no ${language} below ${heading}`);
  return found;
}

/** A minute in India, in epoch milliseconds. */
function india(minute: string): number {
  return Date.parse(`${minute}:00+05:30`);
}

async function withAgent(): Promise<Trial> {
  const trial = await Trial.start();
  trial.configure({ main: [] });
  const child = trial.start(["agent"]);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  return trial;
}

async function run(trial: Trial, program: string, args: readonly string[], input = "", cwd = trial.home) {
  const child = spawn(program, args, {
    cwd,
    env: { ...trial.env, GOCACHE: join(trial.home, "go"), GO111MODULE: "off" },
  });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

describe("the README's programs run as they are printed", { timeout: 240_000 }, () => {
  it("in TypeScript, by agentClient()", async () => {
    const trial = await withAgent();
    const flags = [
      "--conditions=@x/source",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module-typescript",
      "-",
    ];
    const { code, out, err } = await run(trial, process.execPath, flags, block("TypeScript", "ts"), place);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^200 logged_in$/m);
    expect(trial.logins).toBe(1);
  });

  it.skipIf(!isInstalled("curl"))("by curl, over the agent's socket", async () => {
    const trial = await withAgent();
    const { code, out } = await run(trial, "sh", ["-c", block("Any other language", "sh")]);
    const [status, headers] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(status).toMatchObject({ version: 1, accounts: [{ account: "main" }] });
    expect(headers).toMatchObject({ version: 1, account: "main", origin: trial.sandbox.nubra.url });
  });

  // A compiler of half a gigabyte, for ten lines: CI does without.
  it.skipIf(!has("go", "version"))("in Go, where its compiler is there", async () => {
    const trial = await withAgent();
    mkdirSync(join(trial.home, "program"));
    writeFileSync(join(trial.home, "program/main.go"), block("Any other language", "go"));
    const { code, out, err } = await run(trial, "go", ["run", "program/main.go"]);
    expect([code, out, err]).toEqual([0, "200 true\n", ""]);
  });

  it.skipIf(!has("systemd-analyze", "--version"))(
    "its service is one that systemd takes, where that is there",
    async () => {
      const trial = await Trial.start();
      const unit = join(trial.home, "broker-auth.service");
      const installed = join(trial.home, "broker-auth");
      writeFileSync(installed, "#!/bin/sh\n", { mode: 0o755 });
      writeFileSync(unit, block("As a service", "ini").replace("/usr/local/bin/broker-auth", installed));
      const { code, out, err } = await run(trial, "systemd-analyze", ["verify", "--user", unit]);
      expect([code, `${out}${err}`]).toEqual([0, ""]);
      writeFileSync(unit, block("As a service", "ini").replace("RestartSec=60", "RestartSecs=60"));
      expect((await run(trial, "systemd-analyze", ["verify", "--user", unit])).err).toMatch(/Unknown key/);
    },
  );

  it("by the name that its Install section gives the source, and as it is published, with the same answers", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    await trial.run(["login", "main"]);
    const [alias] = /^alias broker-auth=.*$/m.exec(readme) ?? [];
    const request = JSON.stringify({ uri: `${trial.sandbox.nubra.url}/portfolio/holdings` });
    for (const args of [["get"], ["headers", "main"], ["headers"], ["status", "--json"]]) {
      const fromSource = `${alias}\nbroker-auth ${args.join(" ")}`;
      const source = await run(trial, "sh", ["-c", fromSource], request, join(place, "../.."));
      const published = await trial.run(args, { input: request });
      expect([args, source.code, published.code]).toEqual([args, 0, 0]);
      expect(untimed(source.out)).toBe(untimed(published.out));
    }
  });

  it("its picture of status is what status draws", () => {
    const row = (account: string, broker: string, expiresAt: number) => ({
      account,
      broker,
      expiresAt,
      environment: "production",
      state: "logged_in" as const,
      generation: india("2031-03-03T08:45"),
      mintedBy: "broker-auth login",
      aliases: [],
      obtainedBy: undefined,
      blockedBy: undefined,
      blockedSince: undefined,
      blockedUntil: undefined,
      attemptsLeft: undefined,
      clockOffsetMs: 0,
    });
    const rows = [
      row("main", "nubra", india("2031-03-03T15:45")),
      row("hedge", "kotak-neo", india("2031-03-04T00:00")),
    ];
    expect(block("Smallest program", "text")).toBe(statusTable(rows, { now: india("2031-03-03T08:46"), columns: 120 }));
  });

  it("its table has every exit code, and no other one", () => {
    const rows = [...readme.matchAll(/^\| (\d[\d, ]*) +\| [^|]+\|$/gm)].flatMap(([, codes = ""]) => codes.split(","));
    expect(rows.map(Number).toSorted((one, other) => one - other)).toEqual(
      Object.values(exitCodes).toSorted((one, other) => one - other),
    );
  });
});

/** An answer without the moments in it that go on between two calls. */
function untimed(answer: string): string {
  return answer.replaceAll(/"(?:expires|at|now)": ?"?[^",}]+"?/g, "");
}

/** Whether there is a program that CI does not promise. */
function has(program: string, argument: string): boolean {
  try {
    execFileSync(program, [argument], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
