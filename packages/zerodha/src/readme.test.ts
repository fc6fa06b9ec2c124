import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { errorCodes } from "@x/core";
import { describe, expect, it } from "vitest";
import { fields } from "./credentials.ts";
import { readingPaths } from "./endpoints.ts";
import { openTestEnvironment } from "./testing/test-environment.ts";
import { isRead } from "./verdict.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const section = (title: string): string => readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
const firstCells = (title: string): string[] =>
  [...section(title).matchAll(/^\| `([^`]+)` *\|/gm)].flatMap(([, name]) => name ?? []);

type Program = new (...names: string[]) => (...values: unknown[]) => Promise<void>;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as Program;

/** As JavaScript: types are taken out. */
function programIn(title: string): string {
  const program = /```ts\n([\s\S]+?)```/.exec(section(title))?.[1] ?? "";
  return program
    .replaceAll(/^import .*$/gm, "")
    .replaceAll(" as const", "")
    .replaceAll("<string, string>", "");
}

/** The paths that a text names, with something in the place of what may stand there. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`(\/[^`]+)`/g)].map(([, path = ""]) => path.replaceAll("{id}", "1"));
}

describe("the README", () => {
  it("logs in by two requests of a web app in a way that works, and refuses an address of another login", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const servers: Server[] = [];
    const listening = Promise.withResolvers<void>();
    const make = (handle: RequestListener): { listen: () => void } => {
      const server = createServer(handle);
      servers.push(server);
      return { listen: () => server.listen(0, "127.0.0.1", listening.resolve) };
    };
    await new AsyncFunction("auth", "createServer", programIn("What it may ask the user for"))(auth, make);
    await listening.promise;
    const server = servers[0]!;
    const app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    test.sandbox.setRedirectUrl("main", `${app}/callback`);
    const page = async (): Promise<string> =>
      (await fetch(`${app}/login`, { redirect: "manual" })).headers.get("location") ?? "";
    const back = test.sandbox.logInAtPage(await page(), "main");
    expect(await (await fetch(back.replace(/state=.*/, "state=other"))).text()).toContain("not logged in");
    expect(await (await fetch(test.sandbox.logInAtPage(await page(), "main"))).text()).toBe("logged in");
    expect(await (await fetch(`${app}/login`)).text()).toBe("logged in");
    expect(test.arrived()).toStrictEqual(["session-token accepted"]);
    server.closeAllConnections();
    server.close();
  });

  it("opens the socket in a way that works, and tells the engine of a refusal there", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    const sockets: WebSocket[] = [];
    class Recorded extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        sockets.push(this);
      }
    }
    const said: unknown[] = [];
    const run = new AsyncFunction("auth", "console", "WebSocket", programIn("Sockets"));
    await run(auth, { log: (line: unknown) => said.push(line) }, Recorded);
    // A heartbeat, then a tick.
    await expect.poll(() => said.length).toBe(2);
    test.sandbox.masterLogout("main");
    await run(auth, { log: (line: unknown) => said.push(line) }, Recorded);
    await expect.poll(() => said.at(-1)).toBe("dead");
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    const closed = sockets.map((socket) => new Promise((resolve) => socket.addEventListener("close", resolve)));
    for (const socket of sockets.slice(0, 1)) socket.close();
    await Promise.all(closed.slice(0, 1));
  });

  it("names every option of the adapter and every field of an account, with its variable", () => {
    expect(firstCells("Options")).toStrictEqual(["timeoutMs", "maxBodyBytes", ...Object.keys(fields)]);
    for (const variable of Object.values(fields).flatMap(({ env }) => env || []))
      expect(section("Options")).toContain(`\`${variable}\``);
  });

  it("names codes that exist, and every one that this adapter gives", () => {
    const named = firstCells("Errors");
    for (const code of named) expect(errorCodes).toHaveProperty(code);
    const source = ["failures.ts", "pending.ts", "login.ts", "verdict.ts"]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join("\n");
    const given = Object.keys(errorCodes).filter((code) => source.includes(`"${code}"`));
    expect(given.filter((code) => !named.includes(code))).toStrictEqual([]);
  });

  it("lists what counts as a read, by method, and nothing else", () => {
    const listed = /^- \*\*Reads\*\*[\s\S]+?spelt as here/m.exec(section("Limits"))?.[0] ?? "";
    const [byGet = "", byPost = ""] = listed.split(" POST of ");
    for (const [methods, paths] of [
      [["GET", "HEAD"], pathsIn(byGet)],
      [["POST"], pathsIn(byPost)],
    ] as const) {
      for (const method of methods) {
        expect(paths.filter((path) => !isRead({ method, path }))).toStrictEqual([]);
        expect(readingPaths[methods[0]]?.filter((known) => !paths.some((path) => known.test(path)))).toStrictEqual([]);
      }
    }
  });
});
