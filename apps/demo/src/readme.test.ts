import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfig } from "@x/config";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { demoAccounts } from "@x/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileCache } from "./testing/compile-cache.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const readmes = [
  "README.md",
  "packages/config/README.md",
  "packages/sandbox/README.md",
  "apps/demo/README.md",
  "apps/demo/src/strategy/README.md",
];

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Inside of the workspace, so that the packages are found; with a dot, so that no tool looks into it.
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(root, "examples/.readme-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function blocks(readme: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, readme), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((found) => found[1] === language)
    .map((found) => found[2] ?? "");
}

/** Runs a command line as a person types it; if it says `until`, it is ended as by Ctrl-C. */
async function run(line: string, cwd = root, until?: RegExp, home = {}): Promise<Result> {
  const [command = "", ...args] = line.split(" ");
  // Only a shell starts npm on Windows; elsewhere it would be one more process to answer for Ctrl-C.
  const shell = process.platform === "win32";
  // Node 22 would tell on stderr that it runs TypeScript.
  const env = {
    ...process.env,
    XDG_STATE_HOME: folder,
    XDG_DATA_HOME: folder,
    NODE_NO_WARNINGS: "1",
    ...compileCache,
    ...home,
  };
  const child = spawn(command, args, { cwd, env, shell, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (!until?.test(stdout) || child.pid === undefined) return;
    until = undefined;
    // A terminal sends Ctrl-C to the whole group of processes.
    process.kill(-child.pid, "SIGINT");
  });
  await once(child, "close");
  // After a change of the dependencies the first command brings the packages, and says so.
  return { code: child.exitCode, stdout, stderr: stderr.replace("Installing packages …\n", "") };
}

const example = "examples/example.ts";
const program = `node scripts/bootstrap.mjs run node --conditions=@x/source ${example}`;

/** How each command of a README is tried. A command that is not here fails the test: nobody knows whether it works. */
const trials: Readonly<Record<string, () => Promise<Result>>> = {
  async "npm start"() {
    const up = /Trading desk: http[^]*Ctrl-C ends/;
    const result = await run("npm start", root, up);
    // What npm makes of Ctrl-C depends on its version and on the terminal. Here it counts that the demo came up and went.
    return { ...result, code: up.test(result.stdout) ? 0 : result.code };
  },
  "npm start -- --once": () => run("npm start -- --once"),
  async "npm start -s -- --once --json"() {
    const result = await run("npm start -s -- --once --json");
    return { ...result, code: /^\{.*\}\n$/.test(result.stdout) ? result.code : 1 };
  },
  "npm start -- --help": () => run("npm start -- --help"),
  // All tests would start this one again; one file shows that the command works.
  "npm test": () => run("npm test -- packages/config/src/json-fault.test.ts"),
  async [program]() {
    await writeFile(join(folder, "example.ts"), (await blocks("README.md", "ts"))[0] ?? "");
    return run(program.replace(example, join(folder, "example.ts")));
  },
};

async function commands(readme: string): Promise<string[]> {
  const text = await readFile(join(root, readme), "utf8");
  const inline = [...text.matchAll(/`((?:npm|npx|node) [^`]+)`/g)].map((found) => found[1] ?? "");
  const typed = (await blocks(readme, "sh")).flatMap((block) => block.trim().split("\n"));
  return [...new Set([...typed, ...inline])].filter(
    (line) => !line.startsWith("node --env-file") && line !== "npm install",
  );
}

describe("the root README", { timeout: 120_000 }, () => {
  it("has a program of at most 15 lines, which runs as it stands", async () => {
    const [text = ""] = await blocks("README.md", "ts");
    expect(text.trim().split("\n").length).toBeLessThanOrEqual(15);
    const result = await trials[program]?.();
    expect(result).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^\{[^]*INVENTED/) });
  });

  it.each(Object.keys(trials))("has the command %s, which works", async (command) => {
    expect(await commands("README.md")).toContain(command);
    const { code, stderr } = (await trials[command]?.()) ?? {};
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it("has no command that was not tried", async () => {
    const untried = (await commands("README.md")).filter((command) => !(command in trials));
    expect(untried.filter((command) => !command.startsWith("npm install @x/"))).toEqual([]);
  });

  it("installs packages that are here, since none is published yet", async () => {
    const [line = ""] = /`npm install @[^`]+`/.exec(await readFile(join(root, "README.md"), "utf8")) ?? [];
    const names = [...line.matchAll(/@x\/([\w-]+)/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !existsSync(join(root, "packages", name, "package.json")))).toEqual([]);
  });

  it("has a place for its program that editors know and git does not, and so have its secrets", async () => {
    expect(JSON.parse(await readFile(join(root, "tsconfig.json"), "utf8"))).toMatchObject({
      include: expect.arrayContaining(["examples"]),
    });
    expect((await run(`git check-ignore ${example} secrets/kotak-totp`)).stdout).toBe(
      `${example}\nsecrets/kotak-totp\n`,
    );
  });

  it("has a configuration in which one word switches the broker", async () => {
    const [text = ""] = await blocks("README.md", "yaml");
    const [main] = demoAccounts.nubra;
    const [hedge] = demoAccounts.kotakNeo;
    const env = {
      NUBRA_PHONE: main?.phone,
      NUBRA_MPIN: main?.mpin,
      NUBRA_TOTP_SECRET: main?.totpSecret,
      KOTAK_NEO_ACCESS_TOKEN: hedge?.accessToken,
      KOTAK_NEO_MOBILE_NUMBER: hedge?.mobileNumber,
      KOTAK_NEO_UCC: hedge?.ucc,
      KOTAK_NEO_MPIN: hedge?.mpin,
    };
    await mkdir(join(folder, "secrets"));
    await writeFile(join(folder, "secrets/kotak-totp"), `${hedge?.totpSecret}\n`, { mode: 0o600 });
    const brokers: string[] = [];
    for (const word of ["main", "hedge"]) {
      await writeFile(join(folder, "broker-auth.yaml"), text.replace(/trading: \w+/, `trading: ${word}`));
      const configuration = await loadConfig(join(folder, "broker-auth.yaml"), { brokers: [nubra, kotakNeo], env });
      expect(configuration.warnings).toEqual([]);
      const auth = createBrokerAuth({ ...configuration, store: memoryStore() });
      brokers.push((await auth.status("trading")).broker);
      await auth.close();
    }
    expect(brokers).toEqual(["nubra", "kotak-neo"]);
  });

  it("stays short", async () => {
    expect((await readFile(join(root, "README.md"), "utf8")).split("\n").length).toBeLessThan(170);
  });
});

describe("the README of @x/config", { timeout: 120_000 }, () => {
  it("has a program, a configuration and a .env that work together", async () => {
    const readme = "packages/config/README.md";
    const [text = ""] = await blocks(readme, "ts");
    const [configuration = ""] = await blocks(readme, "yaml");
    const [variables = ""] = await blocks(readme, "ini");
    await mkdir(join(folder, "secrets"));
    await writeFile(join(folder, "secrets/nubra-totp"), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n", { mode: 0o600 });
    await writeFile(join(folder, "broker-auth.yaml"), configuration);
    await writeFile(join(folder, ".env"), variables, { mode: 0o600 });
    await writeFile(join(folder, "program.ts"), text);
    const home = { HOME: folder, LOCALAPPDATA: folder };
    const result = await run("node --conditions=@x/source program.ts", folder, undefined, home);
    expect(result).toEqual({ code: 0, stdout: "nubra\n", stderr: "" });
  });

  it("installs packages that this repository publishes, and clients of the user's own", async () => {
    const lines = await commands("packages/config/README.md");
    const names = lines.flatMap((line) => line.replace(/^npm install /, "").split(" "));
    for (const name of names.filter((one) => one !== "redis")) {
      const manifest = join(root, "packages", name.replace("@x/", ""), "package.json");
      expect(JSON.parse(await readFile(manifest, "utf8"))).not.toHaveProperty("private");
    }
    expect(names.length).toBeGreaterThan(4);
  });
});

describe("the README of @x/sandbox", { timeout: 120_000 }, () => {
  const readme = "packages/sandbox/README.md";

  it("has a program with both adapters and an OTP, which prints what it says", async () => {
    const [text = "", ...others] = await blocks(readme, "ts");
    expect(others).toEqual([]);
    await writeFile(join(folder, "program.ts"), text);
    const result = await run("node --conditions=@x/source program.ts", folder);
    expect(result).toEqual({ code: 0, stdout: "main true\nhedge true\n2\n", stderr: "" });
  });

  it("has a command for a clone that starts the sandbox", async () => {
    const line = (await commands(readme)).find((command) => command.includes("bin.ts")) ?? "";
    const { stdout, stderr } = await run(line, root, /Control +http/);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Broker sandbox\./);
  });
});

it.each(readmes)("every link of %s leads somewhere", async (readme) => {
  const text = await readFile(join(root, readme), "utf8");
  const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map((found) => found[1] ?? "")
    .filter((link) => !link.includes(":"));
  expect(links.filter((link) => !existsSync(join(root, dirname(readme), link)))).toEqual([]);
});
