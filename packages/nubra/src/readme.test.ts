import { readFileSync } from "node:fs";
import { createBrokerAuth, errorCodes, memoryStore } from "@x/core";
import { describe, expect, it } from "vitest";
import { fields } from "./credentials.ts";
import { nubra } from "./provider.ts";
import { sandboxBench } from "./testing/sandbox-bench.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function section(title: string): string {
  return readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
}

function firstCells(title: string): string[] {
  return [...section(title).matchAll(/^\| `([^`]+)` *\|/gm)].map(([, name]) => name!);
}

describe("the README", () => {
  it("has a smallest program that runs as it stands, here with the sandbox's address added", async () => {
    await using bench = await sandboxBench();
    const program = /```ts\n([\s\S]+?)```/.exec(section("Smallest program"))![1]!.replaceAll(/^import .*$/gm, "");
    const { phone, mpin, totpSecret } = bench.input;
    const env = { NUBRA_PHONE: phone, NUBRA_MPIN: mpin, NUBRA_TOTP_SECRET: totpSecret };
    const printed: unknown[] = [];
    const inSandbox = ({ accounts, ...options }: { accounts: { main: object } }): unknown => {
      const { environment, baseUrl } = bench.input;
      const world = { now: () => bench.clock.now() };
      return createBrokerAuth({
        ...options,
        world,
        accounts: { main: { ...accounts.main, environment, baseUrl } },
      } as never);
    };
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
      ...names: string[]
    ) => (...values: unknown[]) => Promise<void>;
    const run = new AsyncFunction("createBrokerAuth", "memoryStore", "nubra", "process", "console", program);
    await run(inSandbox, memoryStore, nubra, { env }, { log: (value: unknown) => printed.push(value) });
    expect(printed).toEqual([200]);
    expect(bench.arrived().filter((entry) => !entry.startsWith("?"))).toEqual([
      "totp-login accepted",
      "verifypin accepted",
      "userinfo accepted",
    ]);
  });

  it("names every option of the adapter and every field of an account, with its variables", () => {
    const options = ["otpStart", "totpWire", "totpIdentifier", "extraHeaders", "timeoutMs", "maxBodyBytes"];
    expect(firstCells("Options").toSorted()).toEqual([...options, ...Object.keys(fields), "totpCode"].toSorted());
    for (const variable of Object.values(fields).flatMap(({ env }) => env ?? []))
      expect(section("Options")).toContain(`\`${variable}\``);
  });

  it("names codes that exist, and every one that this adapter gives", () => {
    const named = firstCells("Errors");
    for (const code of named) expect(errorCodes).toHaveProperty(code);
    const source = ["failures.ts", "pending.ts", "login.ts"]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join("\n");
    const given = Object.keys(errorCodes).filter((code) => source.includes(`"${code}"`));
    // As a report of the network and never thrown.
    expect(given.filter((code) => !named.includes(code))).toEqual(["ip_not_allowed"]);
  });
});
