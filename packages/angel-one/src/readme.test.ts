import { readFileSync } from "node:fs";
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
  return program.replaceAll(/^import .*$/gm, "");
}

/** The paths that a text names, with something in the place of what may stand there. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`(\/[^`]+)`/g)].map(
    ([, path = ""]) => `/rest/secure/angelbroking${path.replaceAll("{id}", "1")}`,
  );
}

// The interval is the broker's; here it is over at once.
const soon = (beat: () => void): void => beat();

describe("the README", () => {
  it("asks a person for the code in a way that works", async () => {
    await using environment = await openTestEnvironment({ fields: { totpSecret: undefined } });
    await using auth = environment.engine();
    const prompt = async (): Promise<string> => environment.sandbox.totpCode("main");
    await new AsyncFunction("auth", "prompt", programIn("What it may ask the user for"))(auth, prompt);
    expect(environment.arrived()).toStrictEqual(["login accepted"]);
  });

  it("opens the socket in a way that works, and tells the engine of a refusal there", async () => {
    await using environment = await openTestEnvironment();
    await using auth = environment.engine();
    await auth.session("main");
    const sockets: WebSocket[] = [];
    class Recorded extends WebSocket {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given);
        sockets.push(this);
      }
    }
    const said: unknown[] = [];
    const told = { log: (line: unknown) => said.push(line) };
    const run = new AsyncFunction("auth", "console", "WebSocket", "setInterval", programIn("Sockets"));
    await run(auth, told, Recorded, soon);
    await expect.poll(() => said).toStrictEqual(["pong"]);
    environment.sandbox.endSessions("main");
    await run(auth, told, Recorded, soon);
    await expect.poll(() => said.at(-1)).toBe("dead");
    const [first] = sockets;
    const closed = new Promise((resolve) => first?.addEventListener("close", resolve));
    first?.close();
    await closed;
  });

  it("names every option of the adapter and every field of an account, with its variable", () => {
    const options = ["timeoutMs", "maxBodyBytes", "clientLocalIp", "clientPublicIp", "macAddress"];
    const { totpSecret: _, ...others } = fields;
    expect(firstCells("Options").toSorted()).toStrictEqual(
      [...options, ...Object.keys(others), "totpSecret", "totpCode"].toSorted(),
    );
    for (const variable of Object.values(fields).flatMap(({ env }) => env || []))
      expect(section("Options")).toContain(`\`${variable}\``);
  });

  it("names codes that exist, and every one that this adapter gives", () => {
    const named = firstCells("Errors");
    for (const code of named) expect(errorCodes).toHaveProperty(code);
    const source = ["failures.ts", "pending.ts", "login.ts", "renewal.ts", "verdict.ts"]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join("\n");
    const given = Object.keys(errorCodes).filter((code) => source.includes(`"${code}"`));
    expect(given.filter((code) => !named.includes(code))).toStrictEqual([]);
  });

  it("lists what counts as a read, by method, and nothing else", () => {
    const listed = /^- \*\*Reads\*\*[\s\S]+?spelt as\s+here/m.exec(section("Limits"))?.[0] ?? "";
    const [byGet = "", byPost = ""] = listed.replace("`/rest/secure/angelbroking`", "").split(" POST of ");
    for (const [methods, paths] of [
      [["GET", "HEAD"], pathsIn(byGet)],
      [["POST"], pathsIn(byPost)],
    ] as const) {
      for (const method of methods) {
        expect(paths.filter((path) => !isRead({ method, path }))).toStrictEqual([]);
        expect(readingPaths[methods[0]]?.filter((known) => !paths.some((path) => known.test(path)))).toStrictEqual([]);
      }
      // Several calls are one pattern, so they are counted.
      expect(paths).toHaveLength(11);
    }
  });
});
