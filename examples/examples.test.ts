import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Sandbox, startSandbox } from "@x/sandbox";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
let sandbox: Sandbox;
let home: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  home = await mkdtemp(join(tmpdir(), "examples-"));
  const configuration = await readFile(join(folder, "sandbox.yaml"), "utf8");
  const here = configuration
    .replaceAll("http://127.0.0.1:8021", sandbox.nubra.url)
    .replaceAll("http://127.0.0.1:8022", sandbox.kotakNeo.loginUrl);
  await writeFile(join(home, "sandbox.yaml"), here);
  return async () => {
    await sandbox.close();
    await rm(home, { recursive: true });
  };
});

/** Starts an example as its README says, with a home of its own. */
function start(name: string): ChildProcess {
  const flags = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];
  const program = spawn(
    process.execPath,
    [...flags, `--env-file=${join(folder, "sandbox.env")}`, join(folder, name), join(home, "sandbox.yaml")],
    { env: { PATH: process.env["PATH"], HOME: home, XDG_STATE_HOME: join(home, "state"), PORT: "0" }, cwd: home },
  );
  onTestFinished(() => void program.kill());
  return program;
}

async function run(name: string): Promise<string> {
  const program = start(name);
  const [output, errors, [code]] = await Promise.all([
    text(program.stdout!),
    text(program.stderr!),
    once(program, "exit"),
  ]);
  expect(code, errors).toBe(0);
  return output;
}

function arrived(step: string): number {
  return sandbox.journal.entries({ step, outcome: "accepted" }).length;
}

describe("the examples", { timeout: 60_000 }, () => {
  it("are short: each under 60 lines", async () => {
    const programs = (await readdir(folder)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    expect(programs).toHaveLength(5);
    for (const name of programs) {
      expect((await readFile(join(folder, name), "utf8")).split("\n").length, name).toBeLessThan(60);
    }
  });

  it("one broker: logs in once, and finds its session when it is started again", async () => {
    expect(await run("one-broker.ts")).toMatch(
      /^main: session by login, ends at .* IST\n\{ message: 'holdings', portfolio: /,
    );
    expect(await run("one-broker.ts")).toMatch(/^main: session by store/);
    expect(arrived("verifypin")).toBe(1);
  });

  it("both brokers: one outcome for each account, and what needs a person says so", async () => {
    const output = await run("both-brokers.ts");
    expect(output).toMatch(/^main: nubra, by login, until .* IST$/m);
    expect(output).toMatch(/^hedge: kotak-neo, by login, until .* IST$/m);
    expect(output).toMatch(/^sms: needs_input\. /m);
    expect(output).toMatch(/^main: GET \/portfolio\/holdings 200$/m);
    expect(output).toMatch(/^hedge: GET \/portfolio\/v1\/holdings 200$/m);
  });

  it("switch by config: one word moves the program to the other broker", async () => {
    expect(await run("switch-by-config.ts")).toMatch(/^trading is main, at nubra\n1 holdings\n$/);
    const path = join(home, "sandbox.yaml");
    await writeFile(path, (await readFile(path, "utf8")).replace("trading: main", "trading: hedge"));
    expect(await run("switch-by-config.ts")).toMatch(/^trading is hedge, at kotak-neo\n0 holdings\n$/);
  });

  it("OTP in a terminal: a wrong code is asked for again, the right one logs in", async () => {
    const program = start("otp-in-terminal.ts");
    let asked = "";
    program.stderr?.on("data", (piece) => (asked += String(piece)));
    await expect.poll(() => asked).toMatch(/Code sent to .*: $/);
    const code = sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
    program.stdin?.write(`${code === "000000" ? "111111" : "000000"}\n`);
    await expect.poll(() => asked).toMatch(/\(3 attempts left\)[^\n]*\nCode sent to .*: $/);
    expect(asked.match(/attempts left/g)).toHaveLength(1);
    program.stdin?.write(`${code}\n`);
    expect(await text(program.stdout!)).toMatch(/^sms: logged in until .* IST$/m);
  });

  it("a web form: a login over two requests", async () => {
    const program = start("web-form.ts");
    const [line] = (await once(program.stdout!, "data")) as [Buffer];
    const address = String(line).trim();
    const form = await (await fetch(address)).text();
    const handle = /name="handle" value="([^"]+)"/.exec(form)?.[1] ?? "";
    const code = sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ handle, code }) });
    expect(await answer.text()).toBe("<p>Logged in.</p>");
    const late = await fetch(address, { method: "POST", body: new URLSearchParams({ handle, code }) });
    expect([late.status, await late.text()]).toEqual([400, expect.stringContaining("Start the login again")]);
  });
});
