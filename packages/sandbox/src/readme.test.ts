import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { kotakNeoScenarios } from "./kotak-neo/scenarios.ts";
import { loginRoutes, tradingRoutes } from "./kotak-neo/routes.ts";
import { angelOneRoutes } from "./angel-one/routes.ts";
import { angelOneScenarios } from "./angel-one/scenarios.ts";
import { demoAccounts, startSandbox } from "./sandbox.ts";
import { nubraSteps } from "./nubra/routes.ts";
import { nubraScenarios } from "./nubra/scenarios.ts";
import { zerodhaRoutes } from "./zerodha/routes.ts";
import { zerodhaScenarios } from "./zerodha/scenarios.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the README lists every scenario of every broker, and no other", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const table = readme.slice(readme.indexOf("## Scenarios"), readme.indexOf("## Journal"));
  const listed = (broker: string): string[] => {
    const rows = table.split("\n").filter((row) => row.startsWith("| `") && row.split("|")[2]?.includes(broker));
    return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""));
  };
  expect(listed("N").toSorted()).toEqual(Object.keys(nubraScenarios).toSorted());
  expect(listed("K").toSorted()).toEqual(Object.keys(kotakNeoScenarios).toSorted());
  expect(listed("Z").toSorted()).toEqual(Object.keys(zerodhaScenarios).toSorted());
  expect(listed("A").toSorted()).toEqual(Object.keys(angelOneScenarios).toSorted());
});

test("the README tells every demo account with all that a login needs", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((row) => /^\| (Nubra|Kotak Neo|Zerodha|Angel One) /.test(row));
  const accounts = [...demoAccounts.nubra, ...demoAccounts.kotakNeo, ...demoAccounts.zerodha, ...demoAccounts.angelOne];
  expect(rows).toHaveLength(accounts.length);
  const unsaid = accounts.flatMap(({ name, ...account }, index) => {
    const values = [name, ...Object.values({ ...account, email: undefined, userId: undefined })];
    return values.filter((value) => typeof value === "string" && !rows[index]?.includes(`\`${value}\``));
  });
  expect(unsaid).toEqual([]);
});

test("the README names every path of every broker", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const listed = readme.slice(readme.indexOf("## By curl"), readme.indexOf("## Options"));
  const paths = [...loginRoutes("both"), ...tradingRoutes, ...nubraSteps, ...zerodhaRoutes, ...angelOneRoutes].map(
    ({ path }) => path,
  );
  expect(paths.filter((path) => !listed.includes(`\`${path}\``))).toEqual([]);
});

test("the README's logins by curl run as they stand, on other ports", async () => {
  await using sandbox = await startSandbox();
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const script = /```sh\n(NUBRA=[^\n]*\n.*?)```/s.exec(readme)?.[1] ?? "";
  const addresses = `NUBRA=${sandbox.nubra.url} KOTAK=${sandbox.kotakNeo.loginUrl} CONTROL=${sandbox.controlUrl}`;
  const { stdout } = await promisify(execFile)("sh", ["-euc", script.replace(/^NUBRA=.*/, addresses)]);
  const [holdings, positions] = stdout.trimEnd().split("\n");
  expect(JSON.parse(holdings ?? "")).toMatchObject({ message: "holdings" });
  expect(JSON.parse(positions ?? "")).toMatchObject({ stat: "Ok", data: [] });
  expect(sandbox.journal.entries().map(({ step, outcome, notes }) => [step, outcome, notes])).toEqual(
    ["totp-login", "verifypin", "holdings", "login", "validate", "positions"].map((step) => [step, "accepted", []]),
  );
});

test("the README's program runs as it stands and prints what it says", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const program = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const said = [...program.matchAll(/console\.log\(.*\/\/ (.*)/g)].map(([, text]) => text);
  expect(said.length).toBeGreaterThan(0);
  // Run inside the package, where its own name resolves to its sources.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@x/source", "--input-type=module", "-e", program],
    { cwd: folder },
  );
  expect(stdout.trimEnd().split("\n")).toEqual(said);
});
