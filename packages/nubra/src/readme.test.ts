import { readFileSync } from "node:fs";
import { errorCodes } from "@x/core";
import { Secret, totpCode } from "@x/core/adapter";
import { describe, expect, it, vi } from "vitest";
import { fields } from "./credentials.ts";
import { readingPaths } from "./endpoints.ts";
import { openTestEnvironment } from "./testing/test-environment.ts";
import { isRead } from "./verdict.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function section(title: string): string {
  return readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
}

function firstCells(title: string): string[] {
  return [...section(title).matchAll(/^\| `([^`]+)` *\|/gm)].map(([, name]) => name!);
}

function programIn(title: string): string {
  return /```ts\n([\s\S]+?)```/.exec(section(title))?.[1]?.replaceAll(/^import .*$/gm, "") ?? "";
}

type Program = new (...names: string[]) => (...values: unknown[]) => Promise<void>;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as Program;

/** The paths that a text names, with something in the place of what may stand there. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`(\/[^`]+)`/g)].map(([, path = ""]) => path.replace("{id}", "1").replace("\u2026", "/x"));
}

describe("the README", () => {
  it("asks a person and enrols TOTP in a way that works: the secret that was kept is the one that Nubra then wants", async () => {
    await using test = await openTestEnvironment({ account: "sms" });
    await using auth = test.engine();
    const asked: string[] = [];
    const question = async (text: string): Promise<string> => {
      asked.push(text);
      return test.sandbox.inbox("sms").at(-1)?.code ?? "";
    };
    const createInterface = (): object => ({ question, close: () => asked.push("closed") });
    const kept: { readonly path: string; readonly text: string; readonly stepsBefore: readonly string[] }[] = [];
    const writeFile = async (path: string, text: string): Promise<void> => {
      kept.push({ path, text, stepsBefore: test.arrived() });
    };
    const names = ["auth", "createInterface", "writeFile", "process"];
    const run = new AsyncFunction(...names, programIn("What it may ask the user for"));
    await run(auth, createInterface, writeFile, {});
    expect(asked).toEqual(["Code (phone ending in 02): ", "closed"]);
    expect(kept).toMatchObject([{ path: "secrets/nubra-totp", text: expect.stringMatching(/^[A-Z2-7]{32}$/) }]);
    expect(kept[0]?.stepsBefore).not.toContain("totp-enable accepted");
    expect(test.arrived().at(-1)).toBe("totp-enable accepted");
    const step = Math.floor(test.clock.now() / 30_000);
    expect(await totpCode(new Secret(kept[0]?.text ?? ""), step)).toBe(test.sandbox.totpCode("sms"));
  });

  it("opens a socket in a way that works, and tells the engine of a refusal there", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const sockets: WebSocket[] = [];
    class Recorded extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const said: unknown[] = [];
    const log = (line: unknown): unknown => said.push(line);
    await new AsyncFunction("auth", "console", "WebSocket", programIn("Sockets"))(auth, { log }, Recorded);
    await vi.waitFor(() => expect(said).toEqual(['{"status":"ok","command":"subscribe"}']));
    const { tokens } = await auth.session("main");
    test.sandbox.endSessions("main");
    sockets[0]?.send(`subscribe ${tokens.sessionToken.reveal()} notifications notification`);
    await vi.waitFor(() => expect(said.slice(1)).toEqual(["dead"]));
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    sockets[0]?.close();
  });

  it("names every option of the adapter and every field of an account, with its variables", () => {
    const options = ["otpStart", "totpWire", "totpIdentifier", "extraHeaders", "timeoutMs", "maxBodyBytes"];
    expect(firstCells("Options").toSorted()).toEqual([...options, ...Object.keys(fields), "totpCode"].toSorted());
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
    expect(given.filter((code) => !named.includes(code))).toEqual([]);
  });

  it("lists what counts as a read, by method, and nothing else", () => {
    const listed = /^- \*\*Reads\*\*[\s\S]+?spelt as here/m.exec(section("Limits"))?.[0] ?? "";
    const [byGet = "", byPost = ""] = listed.split(" POST of ");

    for (const [methods, paths] of [
      [["GET", "HEAD"], pathsIn(byGet)],
      [["POST"], pathsIn(byPost)],
    ] as const) {
      for (const method of methods) {
        expect(paths.filter((path) => !isRead({ method, path }))).toEqual([]);
        expect(readingPaths[methods[0]]?.filter((known) => !paths.some((path) => known.test(path))) ?? []).toEqual([]);
      }
    }
  });
});
