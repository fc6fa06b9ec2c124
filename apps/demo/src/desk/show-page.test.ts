import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DemoProcess } from "../testing/demo-process.ts";
import type { DeskView } from "./desk-view.ts";
import { compileCache } from "../testing/compile-cache.ts";

let folder = "";
const started: DemoProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-page-"));
});
afterEach(async () => {
  for (const demo of started.splice(0)) demo.kill();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface OpenDemo {
  readonly demo: DemoProcess;
  readonly address: string;
}

async function start(args: readonly string[] = ["--port", "0"]): Promise<OpenDemo> {
  const env = { XDG_STATE_HOME: folder, ...compileCache };
  const demo = new DemoProcess(args, { cwd: folder, env });
  started.push(demo);
  const [, address = ""] = await demo.says(/^Trading desk: (http\S+)$/m);
  return { demo, address };
}

/** Follows the desk as the page does, until the condition holds. */
async function until(address: string, condition: (view: DeskView) => boolean): Promise<DeskView> {
  const ending = new AbortController();
  const response = await fetch(new URL("/desk/stream", address), { signal: ending.signal });
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    const view = events.map((event) => JSON.parse(event.replace("data: ", "")) as DeskView).find(condition);
    if (view === undefined) continue;
    ending.abort();
    return view;
  }
  throw new Error("the desk ended");
}

/** Three brokers answer the strategy; the fourth waits for a person. */
const atWork = ({ accounts, strategy }: DeskView): boolean =>
  accounts.filter(({ state }) => state === "logged_in").length === 3 && strategy.answers > 6;

const pidsOf = (view: DeskView): number[] => view.strategy.workers.flatMap(({ pid }) => pid ?? []);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("npm start", { timeout: 60_000 }, () => {
  it("serves the page at the address that it prints, with every account logged in once that needs no person", async () => {
    const { address, demo } = await start();
    const page = await fetch(address);
    expect({ status: page.status, type: page.headers.get("content-type") }).toEqual({
      status: 200,
      type: "text/html; charset=utf-8",
    });
    const { sandbox, market } = await until(address, atWork);
    expect(sandbox?.logins).toEqual({ main: 1, hedge: 1, kite: 0, angel: 1, sms: 0 });
    expect(market.phase).toBe("prepare");
    demo.interrupt();
    expect(await demo.result()).toMatchObject({ code: 0, stderr: "" });
  });

  it("finds its sessions when it is started again, and logs nobody in", async () => {
    const first = await start();
    await until(first.address, atWork);
    first.demo.interrupt();
    await first.demo.result();
    const second = await start();
    const { sandbox, accounts } = await until(second.address, atWork);
    expect(sandbox?.logins).toEqual({ main: 0, hedge: 0, kite: 0, angel: 0, sms: 0 });
    expect(accounts.map(({ session }) => session)).toEqual([1, 1, 0, 1, 0]);
  });

  it("leaves no process behind, whether it is asked to end or is killed", async () => {
    const asked = await start();
    const ending = pidsOf(await until(asked.address, atWork));
    asked.demo.interrupt();
    await asked.demo.result();
    expect(ending.filter(isRunning)).toEqual([]);

    const killed = await start();
    const orphans = pidsOf(await until(killed.address, atWork));
    expect(orphans).toHaveLength(3);
    killed.demo.kill();
    await killed.demo.result();
    await expect.poll(() => orphans.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  });

  it("has its folder to itself, however many begin on it at once", async () => {
    const env = { XDG_STATE_HOME: folder, ...compileCache };
    const begun = [1, 2, 3].map(() => new DemoProcess(["--port", "0"], { cwd: folder, env }));
    started.push(...begun);
    const ends = await Promise.all(
      begun.map(async (demo) =>
        Promise.race([demo.result(), demo.says(/^Trading desk: http/m).catch(() => undefined)]),
      ),
    );
    const refused = await Promise.all(
      begun.filter((_, at) => ends[at] === undefined || "code" in ends[at]).map(async (demo) => demo.result()),
    );
    expect(refused).toEqual(
      [1, 2].map(() => ({
        code: 2,
        stdout: "",
        stderr: `broker-auth-demo: --data: ${join(folder, "broker-auth-demo", "sandbox")} is in use by another run; end that one, or give another folder\n`,
      })),
    );
  });

  it("goes on where a run was ended by several signals, as a process group gets them", async () => {
    const first = await start();
    await until(first.address, atWork);
    for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) first.demo.interrupt(signal);
    expect(await first.demo.result()).toMatchObject({ code: 0, stderr: "" });
    await until((await start()).address, atWork);
  });

  it.each([
    ["is empty", ""],
    ["is none", '{"version":'],
  ])("says why where the sandbox's memory %s, leaves it alone, and ends with 2", async (_what, text) => {
    const file = join(folder, "sandbox", "sandbox.json");
    await mkdir(join(folder, "sandbox"));
    await writeFile(file, text);
    const { code, stderr } = await new DemoProcess(["--port", "0", "--data", folder], { cwd: folder }).result();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `broker-auth-demo: --data: The state file ${file} cannot be read as one; it was left alone. Move it away to start afresh.\n`,
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("makes the folder that it is given, and says which of the sandbox's ports is taken when it comes back", async () => {
    await copyFile(new URL("../../broker-auth.yaml", import.meta.url), join(folder, "mine.yaml"));
    await copyFile(new URL("../../sandbox.env", import.meta.url), join(folder, ".env"));
    await chmod(join(folder, ".env"), 0o600);
    const data = join(folder, "not", "there");
    const args = ["--port", "0", "--config", "mine.yaml", "--data", data];
    const { demo, address } = await start(args);
    await until(address, atWork);
    demo.interrupt();
    expect(await demo.result()).toMatchObject({ code: 0, stderr: "" });
    const state = JSON.parse(await readFile(join(data, "accounts", "sandbox.json"), "utf8")) as {
      readonly ports: { readonly control: number };
    };
    const { control } = state.ports;
    const busy = createServer().listen(control, "127.0.0.1");
    await once(busy, "listening");
    const { code, stderr } = await new DemoProcess(args, { cwd: folder }).result();
    busy.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^broker-auth-demo: --sandbox-port: .*${control}`));
  });

  it("says that a folder is in use, and ends with 2", async () => {
    await start(["--port", "0", "--data", folder]);
    const second = new DemoProcess(["--port", "0", "--data", folder], { cwd: folder });
    const { code, stderr } = await second.result();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `broker-auth-demo: --data: ${join(folder, "sandbox")} is in use by another run; end that one, or give another folder\n`,
    });
  });

  it("says which port cannot be used, and ends with 2", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    const { port } = busy.address() as AddressInfo;
    const demo = new DemoProcess(["--port", String(port), "--data", folder], { cwd: folder });
    const { code, stderr } = await demo.result();
    busy.close();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `broker-auth-demo: --port: port ${port} cannot be used (EADDRINUSE); choose another one, or leave it out\n`,
    });
  });
});
