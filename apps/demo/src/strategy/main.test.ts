import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSandbox } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileCache } from "../testing/compile-cache.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const program = ["--conditions=@x/source", "apps/demo/src/strategy/main.ts"];

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-strategy-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node as a person does from the root of the clone; once it has said all of `until`, it is ended as by Ctrl-C. */
async function run(args: readonly string[], until: readonly RegExp[] = []): Promise<Result> {
  const env = {
    PATH: process.env["PATH"],
    XDG_STATE_HOME: folder,
    NODE_NO_WARNINGS: "1",
    ...compileCache,
  };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (until.length === 0 || !until.every((pattern) => pattern.test(stdout))) return;
    until = [];
    child.kill("SIGINT");
  });
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** The commands of the README, without what brings Node. */
async function recipe(): Promise<string[][]> {
  const text = await readFile(new URL("README.md", import.meta.url), "utf8");
  return [...text.matchAll(/^node scripts\/bootstrap\.mjs run node (.*)$/gm)].map((found) =>
    (found[1] ?? "").split(" "),
  );
}

describe("the strategy without a page", { timeout: 60_000 }, () => {
  it("ends with 2 and one message for a configuration that cannot be used, before a process begins", async () => {
    const config = join(folder, "broker-auth.yaml");
    await writeFile(config, 'accounts: { main: { broker: nubra, phone: "90000471", mpin: "1357" } }\n');
    const { code, stdout, stderr } = await run([...program, "--config", config]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^strategy: accounts\.main\.phone: must be ten digits[^\n]*\n$/);
  });

  it("ends with 2 for a configuration in which every account needs a person", async () => {
    const config = join(folder, "broker-auth.yaml");
    await writeFile(config, "accounts: { main: { broker: nubra, phone: { env: PHONE } } }\n");
    await writeFile(join(folder, ".env"), "PHONE=9000000001\n", { mode: 0o600 });
    const { code, stderr } = await run([...program, "--config", config]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "strategy: accounts: each login asks a person for something, and nobody is here to ask\n",
    });
  });

  it("answers an unknown option with its usage and 2, without repeating it", async () => {
    const { code, stdout, stderr } = await run([...program, "--mpin=1357"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^strategy: there is no such option\nUsage: main\.ts /);
    expect(stderr).not.toContain("1357");
    expect(await run([...program, "--help"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("runs on a sandbox as its README says", async () => {
    const [sandboxLine = [], strategyLine = []] = await recipe();
    const given = await readFile(join(root, "examples/sandbox.yaml"), "utf8");
    const portOf = (option: string): string => sandboxLine[sandboxLine.indexOf(option) + 1] ?? "";
    expect(strategyLine).toContain("examples/sandbox.yaml");
    // The same with free ports: those of the README may be taken here.
    const sandbox = await startSandbox();
    const config = join(folder, "sandbox.yaml");
    let text = given;
    for (const [option, url] of [
      ["--port-nubra", sandbox.nubra.url],
      ["--port-kotak-login", sandbox.kotakNeo.loginUrl],
      ["--port-zerodha", sandbox.zerodha.url],
      ["--port-angel-one", sandbox.angelOne.url],
    ] as const) {
      expect(text).toContain(`http://127.0.0.1:${portOf(option)}`);
      text = text.replaceAll(`http://127.0.0.1:${portOf(option)}`, url);
    }
    await writeFile(config, text);
    const args = strategyLine.map((arg) => (arg === "examples/sandbox.yaml" ? config : arg));
    const { code, stdout, stderr } = await run(args, [/: main: session by login/, /: hedge: session by login/]);
    await sandbox.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/momentum: process \d+/);
  });
});
