import { readFileSync } from "node:fs";
import { createBrokerAuth, errorCodes, memoryStore } from "@x/core";
import { describe, expect, it } from "vitest";
import { fields } from "./credentials.ts";
import { jData } from "./form.ts";
import { kotakNeo } from "./provider.ts";
import { sandboxBench } from "./testing/sandbox-bench.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const section = (title: string): string => readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
const firstCells = (title: string): string[] =>
  [...section(title).matchAll(/^\| `([^`]+)` *\|/gm)].flatMap(([, name]) => name ?? []);

type Program = new (...names: string[]) => (...values: unknown[]) => Promise<void>;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as Program;

function programIn(title: string): string {
  return /```ts\n([\s\S]+?)```/.exec(section(title))?.[1]?.replaceAll(/^import .*$/gm, "") ?? "";
}

describe("the README", () => {
  it("has a smallest program that runs as it stands, here with the sandbox's address added", async () => {
    await using bench = await sandboxBench();
    const program = programIn("Smallest program");
    const { accessToken, mobileNumber, ucc, mpin, totpSecret } = bench.customer;
    const env = {
      KOTAK_NEO_ACCESS_TOKEN: accessToken,
      KOTAK_NEO_MOBILE_NUMBER: mobileNumber,
      KOTAK_NEO_UCC: ucc,
      KOTAK_NEO_MPIN: mpin,
      KOTAK_NEO_TOTP_SECRET: totpSecret,
    };
    const inSandbox = ({ accounts, ...options }: { readonly accounts: { readonly hedge: object } }): unknown => {
      const { environment, loginBaseUrl } = bench.input;
      const platform = { clock: { now: () => bench.clock.now() } };
      const hedge = { ...accounts.hedge, environment, loginBaseUrl };
      return createBrokerAuth({ ...options, ...platform, accounts: { hedge } } as never);
    };
    const printed: unknown[] = [];
    const console = { log: (value: unknown) => printed.push(value) };
    const names = ["createBrokerAuth", "memoryStore", "kotakNeo", "jData", "process", "console"];
    const run = new AsyncFunction(...names, program);
    await run(inSandbox, memoryStore, kotakNeo, jData, { env }, console);
    expect(printed).toStrictEqual([200]);
    expect(bench.arrived().filter((entry) => !entry.startsWith("client-ip"))).toStrictEqual([
      "login accepted",
      "validate accepted",
      "limits accepted",
    ]);
  });

  it("asks a person in a way that works", async () => {
    await using bench = await sandboxBench();
    await using auth = bench.engine({ totpSecret: undefined, mpin: undefined });
    const asked: string[] = [];
    const question = async (text: string): Promise<string> => {
      asked.push(text);
      return (text.startsWith("MPIN") ? bench.customer.mpin : bench.sandbox.totpCode("hedge")) ?? "";
    };
    const createInterface = (): object => ({ question, close: () => asked.push("closed") });
    const run = new AsyncFunction("auth", "createInterface", "process", programIn("What it may ask the user for"));
    await run(auth, createInterface, {});
    expect(asked).toStrictEqual(["Code of the app: ", "MPIN: ", "closed"]);
    expect(await auth.status("hedge")).toMatchObject({ state: "logged_in" });
  });

  it("opens a socket in a way that works, and tells the engine of a refusal there", async () => {
    await using bench = await sandboxBench();
    await using auth = bench.engine();
    const run = new AsyncFunction("auth", "console", programIn("Sockets"));
    const said = async (): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      await run(auth, { log: resolve });
      return promise;
    };
    expect(String(await said())).toContain('"ak":"ok"');
    const { generation } = await auth.session("hedge");
    bench.sandbox.otherDeviceLogin("hedge", { endOthers: true });
    expect(await said()).toBe("dead");
    expect(await auth.status("hedge")).toMatchObject({ state: "logged_out" });
    expect(generation).toBe(1);
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
});
