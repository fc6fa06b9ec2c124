import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runSandboxCommand } from "./command.ts";
import { startSandbox } from "./sandbox.ts";

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command and ends it as soon as it has printed its first text. */
async function run(...argv: string[]): Promise<Run> {
  let [out, err] = ["", ""];
  const printed = new EventEmitter();
  const code = await runSandboxCommand(argv, {
    out: (text) => {
      out += text;
      printed.emit("text");
    },
    err: (text) => void (err += text),
    ended: once(printed, "text").then(() => undefined),
  });
  return { code, out, err };
}

test("prints addresses and invented credentials, and ends cleanly", async () => {
  const { code, out, err } = await run();
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(
    /Nubra {6}http:\/\/127\.0\.0\.1:\d+\n {4}main: phone 9000000001, email main@example\.com, mpin 1357, totpSecret [A-Z2-7]{32}\n/,
  );
  expect(out).toMatch(/Kotak Neo {2}http:\/\/127\.0\.0\.1:\d+ \(login\), http:\/\/127\.0\.0\.1:\d+ \(trading\)\n/);
  expect(out).toMatch(/Control {4}http:\/\/127\.0\.0\.1:\d+\n/);
});

test("prints one line of JSON on demand", async () => {
  const { code, out } = await run("--json", "--lint", "--profile", "documented");
  expect(code).toBe(0);
  expect(out.trimEnd()).not.toContain("\n");
  expect(JSON.parse(out)).toMatchObject({
    nubra: {
      url: expect.stringMatching(/^http:/) as string,
      accounts: [{ name: "main", phone: "9000000001" }, { name: "sms" }],
    },
    kotakNeo: {
      loginUrl: expect.stringMatching(/^http:/) as string,
      tradingUrl: expect.stringMatching(/^http:/) as string,
    },
    controlUrl: expect.stringMatching(/^http:/) as string,
  });
});

test("prints its help", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  for (const flag of [
    "--port-nubra",
    "--port-kotak-login",
    "--port-kotak-trading",
    "--control-port",
    "--state",
    "--profile",
    "--lint",
    "--json",
  ]) {
    expect(out).toContain(flag);
  }
});

describe("bad input ends in one line and exit code 2", () => {
  test.each([
    [["--port-nubra", "x"], "argument 'x' is invalid. A port is a number from 0 to 65535."],
    [["--port-nubra", "70000"], "A port is a number from 0 to 65535."],
    [["--profile", "wild"], "There are observed and documented."],
    [["--nope"], "unknown option '--nope'"],
    [["extra"], "too many arguments"],
    [
      ["--state", "/nonexistent/folder/state.json"],
      "The state file /nonexistent/folder/state.json cannot be used (ENOENT)",
    ],
  ])("%j", async (argv, text) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^broker-auth-sandbox: [^\n]+\n$/);
    expect(err).toContain(text);
  });

  test("a port in use", async () => {
    await using holder = await startSandbox();
    const port = new URL(holder.nubra.url).port;
    const { code, err } = await run("--port-nubra", port);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^broker-auth-sandbox: Port ${port} on 127\\.0\\.0\\.1 is in use, [^\\n]+\\n$`));
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("the process ends with 0 on %s", async (signal) => {
  const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@x/source", bin, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { nubra } = JSON.parse(line) as { nubra: { url: string } };
  expect((await fetch(`${nubra.url}/nowhere`)).status).toBe(404);
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([0, null]);
});
