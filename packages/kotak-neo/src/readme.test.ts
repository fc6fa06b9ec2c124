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

function programIn(title: string): string {
  return /```ts\n([\s\S]+?)```/.exec(section(title))?.[1]?.replaceAll(/^import .*$/gm, "") ?? "";
}

/** The paths that a text names, with something in the place of what may stand there. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`(\/[^`]+)`/g)].map(([, path = ""]) => path.replace("{id}", "1").replace("\u2026", "/x"));
}

describe("the README", () => {
  it("asks a person in a way that works", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine({ totpSecret: undefined, mpin: undefined });
    const asked: string[] = [];
    const question = async (text: string): Promise<string> => {
      asked.push(text);
      return (text.startsWith("MPIN") ? test.customer.mpin : test.sandbox.totpCode("hedge")) ?? "";
    };
    const createInterface = (): object => ({ question, close: () => asked.push("closed") });
    const run = new AsyncFunction("auth", "createInterface", "process", programIn("What it may ask the user for"));
    await run(auth, createInterface, {});
    expect(asked).toStrictEqual(["Code of the app: ", "MPIN: ", "closed"]);
    expect(await auth.status("hedge")).toMatchObject({ state: "logged_in" });
  });

  it("opens a socket in a way that works, and tells the engine of a refusal there", async () => {
    await using test = await openTestEnvironment();
    await using auth = test.engine();
    const run = new AsyncFunction("auth", "console", programIn("Sockets"));
    const said = async (): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      await run(auth, { log: resolve });
      return promise;
    };
    expect(String(await said())).toContain('"ak":"ok"');
    const { generation } = await auth.session("hedge");
    test.sandbox.otherDeviceLogin("hedge", { endOthers: true });
    expect(await said()).toBe("dead");
    expect(await auth.status("hedge")).toMatchObject({ state: "logged_out" });
    expect(generation).toBeGreaterThan(0);
  });

  it("names every option of the adapter and every field of an account, with its variable", () => {
    const options = ["api", "neoFinKey", "trustedHosts", "tradingBaseUrl", "timeoutMs", "maxBodyBytes"];
    const named = firstCells("Options").toSorted();
    // `site` is the engine's own, and this broker is why it exists.
    expect(named).toStrictEqual([...options, ...Object.keys(fields), "totpCode", "site"].toSorted());
    for (const variable of Object.values(fields).flatMap(({ env }) => env || []))
      expect(section("Options")).toContain(`\`${variable}\``);
  });

  it("names codes that exist, and every one that this adapter gives", () => {
    const named = firstCells("Errors");
    for (const code of named) expect(errorCodes).toHaveProperty(code);
    const files = ["failures", "login", "pending", "session", "verdict", "network", "socket", "authorize"];
    const source = files.map((file) => readFileSync(new URL(`${file}.ts`, import.meta.url), "utf8")).join("\n");
    const given = Object.keys(errorCodes).filter((code) => source.includes(`"${code}"`));
    expect(given.filter((code) => !named.includes(code))).toStrictEqual([]);
  });

  it.each(["password_expired", "dormant", "trial_account", "short_session", "no_base_url"])(
    "names the warning %s",
    (code) => {
      expect(section("Sessions and expiry")).toContain(`\`${code}\``);
    },
  );

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
