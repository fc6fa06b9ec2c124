import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { command, isInstalled, Trial } from "./testing/trial.ts";

const folder = fileURLToPath(new URL("../python", import.meta.url));
const python = isInstalled("python3");

/** `broker-auth` on the path of a program. */
function withCommand(trial: Trial): Readonly<Record<string, string>> {
  const bin = join(trial.home, "bin");
  mkdirSync(bin, { recursive: true });
  const line = command.map((word) => `'${word}'`).join(" ");
  writeFileSync(join(bin, "broker-auth"), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  return { ...trial.env, PATH: `${bin}:${trial.env["PATH"]}`, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
}

async function run(trial: Trial, ...args: string[]) {
  const child = spawn("python3", args, { env: withCommand(trial), cwd: trial.home });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

async function startAgent(trial: Trial): Promise<ChildProcess> {
  const child = trial.start(["agent"]);
  let seen = "";
  child.stdout?.on("data", (chunk) => (seen += String(chunk)));
  await vi.waitFor(() => expect(seen).toMatch(/^agent at /m), { timeout: 120_000, interval: 50 });
  return child;
}

describe.skipIf(!python)("the Python module", { timeout: 240_000 }, () => {
  it("is one file without dependencies that the system's Python takes", async () => {
    const trial = await Trial.start();
    const code = "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))";
    execFileSync("python3", ["-c", code, join(folder, "broker_auth.py")]);
    const { out } = await run(
      trial,
      "-c",
      "import broker_auth, sys; print(sorted({n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'broker_auth', '__main__'}))",
    );
    expect(out).toMatch(/^\[.*\]\n$/);
    expect(out).not.toMatch(/requests|httpx|urllib3/);
  });

  it("asks the command where no agent runs", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { out, err, code } = await run(trial, join(folder, "strategy.py"), "main", "/userinfo", "1");
    expect([code, err, out]).toEqual([0, "", expect.stringMatching(/^main: 200, \d+ bytes \(a new session\)\n$/)]);
    expect(trial.logins).toBe(1);
  });

  it("asks the command where the agent was stopped, and waits for nobody", async () => {
    const trial = await Trial.start();
    trial.configure();
    (await startAgent(trial)).kill("SIGSTOP");
    const began = performance.now();
    const { code, err } = await run(trial, join(folder, "strategy.py"), "main", "/userinfo", "1");
    expect([code, err]).toEqual([0, ""]);
    // The module's own limit for an answer is 60 s, and twice that where it tries again.
    expect(performance.now() - began).toBeLessThan(50_000);
    expect(trial.logins).toBe(1);
  });

  it("a strategy goes on with a new generation where its session was ended, by one login", async () => {
    const trial = await Trial.start();
    trial.configure();
    await startAgent(trial);
    const child = spawn("python3", [join(folder, "strategy.py"), "main", "/userinfo", "5"], {
      env: withCommand(trial),
      cwd: trial.home,
    });
    let out = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    await vi.waitFor(() => expect(out).toMatch(/^main: 200/), { timeout: 60_000 });
    trial.sandbox.nubra.otherDeviceLogin("main");
    expect((await once(child, "close"))[0]).toBe(0);
    expect(
      out
        .trimEnd()
        .split("\n")
        .every((line) => line.startsWith("main: 200")),
    ).toBe(true);
    expect(out.match(/a new session/g)).toHaveLength(2);
    expect(trial.logins).toBe(2);
  });

  it("shows no header where a session is printed, and says what went wrong by its code", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], sms: [] });
    await startAgent(trial);
    const { out } = await run(
      trial,
      "-c",
      `
import broker_auth
b = broker_auth.BrokerAuth()
s = b.session("main"); print(repr(s), str(s), [a["state"] for a in b.status()])
for name in ("sms", "mian"):
    try: b.session(name)
    except broker_auth.BrokerAuthError as e: print(e.code)
`,
    );
    expect(out).toMatch(
      /^<Session of main, generation \d+> <Session of main, generation \d+> \['logged_in', 'logged_out'\]\nneeds_input\nconfiguration\n$/,
    );
  });

  it("does not trust a socket in a folder that others can enter", async () => {
    const trial = await Trial.start();
    const planted = join(trial.home, "run", "broker-auth");
    mkdirSync(planted, { mode: 0o755 });
    const { out } = await run(
      trial,
      "-c",
      "import broker_auth; print(broker_auth.BrokerAuth()._ask('GET', '/v1/status', None))",
    );
    expect(out).toBe("None\n");
  });
});
