import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "@x/core";
import { nubra } from "@x/nubra";
import { startSandbox } from "@x/sandbox";
import { expect, onTestFinished, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { program } from "./testing/program.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the README's program logs in at the sandbox, and adopts the session when it is started again", async () => {
  const directory = temporaryDirectory();
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const text = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  // As it stands, but for the address of the sandbox.
  const runnable = text.replace(
    `broker: "${nubra().broker}",`,
    `$& environment: "sandbox", baseUrl: "${sandbox.nubra.url}",`,
  );
  expect(runnable).not.toBe(text);
  const account = {
    NUBRA_PHONE: "9000000001",
    NUBRA_MPIN: "1357",
    NUBRA_TOTP_SECRET: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  };
  for (const obtainedBy of ["login", "store"]) {
    const { line, ended } = program(runnable, "", {
      ...account,
      XDG_STATE_HOME: join(directory, "state"),
      XDG_DATA_HOME: join(directory, "data"),
      LOCALAPPDATA: directory,
      HOME: directory,
    });
    expect(await line()).toBe(obtainedBy);
    await ended;
  }
  expect(sandbox.journal.count({ step: "verifypin" })).toBe(1);
});

test("the README names every entry, and only error codes that there are", () => {
  const entries = Object.keys(manifest.exports).flatMap((name) => (name === "./package.json" ? [] : [name.slice(2)]));
  for (const entry of entries) expect(readme).toContain(`| \`${entry}\``);
  const table = readme.slice(readme.indexOf("## Errors"), readme.indexOf("## Limits"));
  const codes = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code ?? "");
  expect(codes.length).toBeGreaterThan(5);
  for (const code of codes) expect(Object.keys(errorCodes)).toContain(code);
});
