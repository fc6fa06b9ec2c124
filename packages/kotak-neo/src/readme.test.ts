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

describe("the README", () => {
  it("has a smallest program that runs as it stands, here with the sandbox's address added", async () => {
    await using bench = await sandboxBench();
    const program = /```ts\n([\s\S]+?)```/.exec(section("Smallest program"))?.[1]?.replaceAll(/^import .*$/gm, "");
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
      const world = { now: () => bench.clock.now() };
      const hedge = { ...accounts.hedge, environment, loginBaseUrl };
      return createBrokerAuth({ ...options, world, accounts: { hedge } } as never);
    };
    const printed: unknown[] = [];
    const console = { log: (value: unknown) => printed.push(value) };
    const names = ["createBrokerAuth", "memoryStore", "kotakNeo", "jData", "process", "console"];
    const run = new AsyncFunction(...names, program ?? "");
    await run(inSandbox, memoryStore, kotakNeo, jData, { env }, console);
    expect(printed).toStrictEqual([200]);
    expect(bench.arrived().filter((entry) => !entry.startsWith("client-ip"))).toStrictEqual([
      "login accepted",
      "validate accepted",
      "limits accepted",
    ]);
  });

  it("names every option of the adapter and every field of an account, with its variable", () => {
    const options = ["api", "neoFinKey", "trustedHosts", "tradingBaseUrl", "timeoutMs", "maxBodyBytes"];
    const named = firstCells("Options").toSorted();
    expect(named).toStrictEqual([...options, ...Object.keys(fields), "totpCode"].toSorted());
    for (const { env = [] } of Object.values(fields)) expect(section("Options")).toContain(`\`${env[0] ?? "?"}\``);
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
