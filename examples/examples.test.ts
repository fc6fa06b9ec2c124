import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
    .replaceAll("http://127.0.0.1:8022", sandbox.kotakNeo.loginUrl)
    .replaceAll("http://127.0.0.1:8023", sandbox.zerodha.url)
    .replaceAll("http://127.0.0.1:8024", sandbox.angelOne.url);
  await writeFile(join(home, "sandbox.yaml"), here);
  return async () => {
    await sandbox.close();
    await rm(home, { recursive: true });
  };
});

/** Starts an example as its README says, with a home of its own. */
function start(name: string, more: Readonly<Record<string, string>> = {}): ChildProcess {
  const flags = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];
  const program = spawn(
    process.execPath,
    [...flags, `--env-file=${join(folder, "sandbox.env")}`, join(folder, name), join(home, "sandbox.yaml")],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_STATE_HOME: join(home, "state"),
        PORT: "0",
        NODE_COMPILE_CACHE: join(tmpdir(), "broker-auth-examples-compiled"),
        ...more,
      },
      cwd: home,
    },
  );
  onTestFinished(() => void program.kill());
  return program;
}

async function run(name: string, more?: Readonly<Record<string, string>>): Promise<string> {
  const { code, output, errors } = await end(start(name, more));
  expect(code, errors).toBe(0);
  return output;
}

/** What a program said, once it has ended. */
async function end(program: ChildProcess): Promise<{ code: number | null; output: string; errors: string }> {
  const [output, errors] = await Promise.all([text(program.stdout!), text(program.stderr!), once(program, "exit")]);
  return { code: program.exitCode, output, errors };
}

function arrived(step: string): number {
  return sandbox.journal.entries({ step, outcome: "accepted" }).length;
}

/** A person in a browser, who logs in at Zerodha's page whenever the program opens it: what makes the program find this browser. */
async function sendPerson(): Promise<Readonly<Record<string, string>>> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const redirectUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  server.close();
  sandbox.zerodha.setRedirectUrl("main", redirectUrl);
  const person = `#!${process.execPath}
void fetch(process.argv[2], { method: "POST", body: new URLSearchParams({ user_id: "QX4417" }) });
`;
  const opener = join(home, { darwin: "open" }[process.platform as string] ?? "xdg-open");
  await writeFile(opener, person, { mode: 0o755 });
  return { PATH: home, REDIRECT_URL: redirectUrl };
}

describe("the examples", { timeout: 60_000 }, () => {
  it("are short: each under 60 lines", async () => {
    // Those of the README: a reader's own programs may lie beside them.
    const readme = await readFile(join(folder, "README.md"), "utf8");
    const programs = new Set([...readme.matchAll(/\]\(([\w-]+\.ts)\)/g)].map(([, name = ""]) => name));
    // Five programs, and three files that they share.
    expect(programs.size).toBe(8);
    for (const name of programs) {
      expect((await readFile(join(folder, name), "utf8")).split("\n").length, name).toBeLessThan(60);
    }
  });

  it("one broker: logs in once, and finds its session when it is started again", async () => {
    expect(await run("one-broker.ts")).toMatch(
      /^main: session by login, ends at .* IST\n\{\s+message: 'holdings',\s+portfolio: \{\s+holdings: \[ \{ symbol: 'INVENTED', /,
    );
    expect(await run("one-broker.ts")).toMatch(/^main: session by store/);
    expect(arrived("verifypin")).toBe(1);
  });

  it("all brokers: one outcome for each account, and what needs a person says so", async () => {
    const output = await run("all-brokers.ts");
    expect(output).toMatch(/^main: nubra, by login, until .* IST$/m);
    expect(output).toMatch(/^hedge: kotak-neo, by login, until .* IST$/m);
    expect(output).toMatch(/^angel: angel-one, by login, until .* IST$/m);
    for (const name of ["sms", "kite"]) expect(output).toMatch(new RegExp(`^${name}: needs_input\\. `, "m"));
    expect(output.match(/^\w+: GET \S+ 200$/gm)).toHaveLength(3);
  });

  it("switch by config: one word moves one and the same program through all four brokers, and holdings come back in one shape", async () => {
    const path = join(home, "sandbox.yaml");
    const configuration = await readFile(path, "utf8");
    const said: string[] = [];
    for (const account of ["main", "hedge", "kite", "angel"]) {
      await writeFile(path, configuration.replace("trading: main", `trading: ${account}`));
      said.push(await run("switch-by-config.ts", account === "kite" ? await sendPerson() : {}));
    }
    expect(said).toEqual([
      "trading is main, at nubra\n7 INVENTED\n",
      // This sandbox holds nothing.
      "trading is hedge, at kotak-neo\n",
      "trading is kite, at zerodha\n10 INVENTED\n",
      "trading is angel, at angel-one\n10 INVENTED-EQ\n",
    ]);
    // The word that was written first is good again, and nobody logs in twice.
    await writeFile(path, configuration);
    expect(await run("switch-by-config.ts")).toBe(said[0]);
    expect(["verifypin", "validate", "session-token", "login"].map(arrived)).toEqual([1, 1, 1, 2]);
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

  it("end with one message and no stack where there is no terminal", async () => {
    for (const typed of ["", "12"]) {
      const program = start("otp-in-terminal.ts");
      // With nobody from the start, and with somebody who leaves in the middle of the answer.
      if (typed !== "") await once(program.stderr!, "data");
      program.stdin?.end(typed);
      const { code, output, errors } = await end(program);
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors.replace(/^Code sent to .*: /, "").trim()).toBe(
        "the terminal was closed before a code was typed. Run it in a terminal: the login waits for its code.",
      );
    }
  });

  it("end with one message and no stack where there is no browser", async () => {
    const path = join(home, "sandbox.yaml");
    await writeFile(path, (await readFile(path, "utf8")).replace("trading: main", "trading: kite"));
    const { code, output, errors } = await end(start("switch-by-config.ts", { PATH: home }));
    expect({ code, output }).toEqual({ code: 1, output: "" });
    expect(errors).toMatch(/^\S+: \S+ could not open the login page in a browser\. Give a function of your own, .*\n$/);
  });

  it.each(["one-broker.ts", "all-brokers.ts", "switch-by-config.ts", "otp-in-terminal.ts", "web-form.ts"])(
    "ends with one message and no stack where its configuration is missing: %s",
    async (name) => {
      await rm(join(home, "sandbox.yaml"));
      const { code, output, errors } = await end(start(name));
      expect({ code, output }).toEqual({ code: 1, output: "" });
      expect(errors).toMatch(/^\S+sandbox\.yaml does not exist; give the path of a configuration file .*\n$/);
    },
  );

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
