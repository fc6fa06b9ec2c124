import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runDemo } from "./command.ts";
import { type DemoResult, runDemoProcess } from "./testing/demo-process.ts";

interface Bad {
  /** What is wrong, and where the message has to say it is. */
  readonly title: string;
  readonly field: string;
  /** A part of the message: what to do about it. */
  readonly todo: RegExp;
  /** What must not be repeated. */
  readonly value?: string;
  /** Replaces a piece of the demo's configuration. */
  readonly yaml?: readonly [old: string, text: string];
  /** Replaces a line of the demo's environment file. */
  readonly env?: readonly [name: string, value: string | undefined];
  /** A file with this content in place of the configuration. */
  readonly file?: readonly [name: string, content: string];
  readonly args?: readonly string[];
}

const env = (title: string, field: string, name: string, value: string | undefined, todo: RegExp): Bad => ({
  title,
  field,
  todo,
  env: [name, value],
  ...(value === undefined ? {} : { value }),
});
const notSet = (field: string, name: string): Bad => env(`no ${name}`, field, name, undefined, /is not set; set it in/);
const left = (field: string, line: string): Bad => ({
  title: `no ${field}`,
  field,
  todo: /is missing/,
  yaml: [line, ""],
});

const table: readonly Bad[] = [
  {
    title: "an unknown broker",
    field: "accounts.main.broker",
    todo: /\(nubra, kotak-neo, zerodha, angel-one\)/,
    yaml: ["broker: nubra", "broker: nobody"],
    value: "nobody",
  },
  {
    title: "no broker",
    field: "accounts.main.broker",
    todo: /must be one of nubra, kotak-neo, zerodha, angel-one/,
    yaml: ["broker: nubra", ""],
  },
  notSet("accounts.main.phone", "DESK_MAIN_PHONE"),
  notSet("accounts.main.mpin", "DESK_MAIN_MPIN"),
  notSet("accounts.main.totpSecret", "DESK_MAIN_TOTP_SECRET"),
  notSet("accounts.hedge.accessToken", "DESK_HEDGE_ACCESS_TOKEN"),
  notSet("accounts.hedge.mobileNumber", "DESK_HEDGE_MOBILE_NUMBER"),
  notSet("accounts.hedge.ucc", "DESK_HEDGE_UCC"),
  notSet("accounts.hedge.mpin", "DESK_HEDGE_MPIN"),
  notSet("accounts.hedge.totpSecret", "DESK_HEDGE_TOTP_SECRET"),
  notSet("accounts.angel.pin", "DESK_ANGEL_PIN"),
  {
    title: "an account whose login asks a person",
    field: "accounts.main",
    todo: /its login asks a person for the OTP/,
    yaml: ["totpSecret: { env: DESK_MAIN_TOTP_SECRET }", ""],
  },
  left("accounts.main.phone", "phone: { env: DESK_MAIN_PHONE }"),
  left("accounts.hedge.accessToken", "accessToken: { env: DESK_HEDGE_ACCESS_TOKEN }"),
  left("accounts.hedge.mobileNumber", "mobileNumber: { env: DESK_HEDGE_MOBILE_NUMBER }"),
  left("accounts.hedge.ucc", "ucc: { env: DESK_HEDGE_UCC }"),
  env("a phone that is too short", "accounts.main.phone", "DESK_MAIN_PHONE", "90000471", /must be ten digits/),
  env("an MPIN with letters", "accounts.main.mpin", "DESK_MAIN_MPIN", "13b7", /must be 4 to 6 digits/),
  env(
    "a TOTP secret that is no Base32",
    "accounts.main.totpSecret",
    "DESK_MAIN_TOTP_SECRET",
    "not!base32!at!all!",
    /Base32/i,
  ),
  env(
    "an access token of two words",
    "accounts.hedge.accessToken",
    "DESK_HEDGE_ACCESS_TOKEN",
    "two words",
    /must be one word/,
  ),
  env(
    "a mobile number of another country",
    "accounts.hedge.mobileNumber",
    "DESK_HEDGE_MOBILE_NUMBER",
    "+4930900047",
    /must be ten digits/,
  ),
  env("a UCC that is a number", "accounts.hedge.ucc", "DESK_HEDGE_UCC", "7346512", /such as XY42Z; a number alone/),
  env("an MPIN that is too long", "accounts.hedge.mpin", "DESK_HEDGE_MPIN", "2468101", /must be 4 to 6 digits/),
  env("a TOTP secret that is too short", "accounts.hedge.totpSecret", "DESK_HEDGE_TOTP_SECRET", "KNEO", /secret/i),
  {
    title: "digits without quotes",
    field: "accounts.main.phone",
    todo: /put digits in quotes/,
    yaml: ["{ env: DESK_MAIN_PHONE }", "9000047153"],
    value: "9000047153",
  },
  {
    title: "a secret file that is missing",
    field: "accounts.main.mpin",
    todo: /secrets\/mpin does not exist/,
    yaml: ["{ env: DESK_MAIN_MPIN }", "{ file: secrets/mpin }"],
  },
  {
    title: "a field that nobody knows",
    field: "accounts.main.pin",
    todo: /is not a field/,
    yaml: ["mpin: {", "pin: {"],
  },
  {
    title: "an alias to nothing",
    field: "use.trading",
    todo: /must name an account; there are main, hedge, angel/,
    yaml: ["trading: main", "trading: mian"],
  },
  {
    title: "a sandbox that does not exist",
    field: "accounts.main.baseUrl",
    todo: /there are nubra, kotak-neo, zerodha, angel-one/,
    yaml: ["{ sandbox: nubra }", "{ sandbox: nubar }"],
  },
  {
    title: "an address outside of this computer",
    field: "accounts.main.baseUrl",
    todo: /loopback/,
    yaml: ["{ sandbox: nubra }", "https://api.nubra.io"],
  },
  {
    title: "a configuration that is not JSON",
    field: "accounts.json",
    todo: /is not JSON: look at line 1, column 13/,
    file: ["accounts.json", '{"mpin":1357x}'],
    value: "1357",
  },
  {
    title: "a configuration that is not YAML",
    field: "accounts.yaml",
    todo: /is not YAML: look at line 2, column 1/,
    file: ["accounts.yaml", 'mpin: "1357\n'],
    value: "1357",
  },
  {
    title: "a configuration that is a list",
    field: "accounts.json",
    todo: /must hold an object with accounts/,
    file: ["accounts.json", "[1357]"],
    value: "1357",
  },
  {
    title: "a configuration that is missing",
    field: "nowhere.yaml",
    todo: /does not exist in .*; give the path/,
    args: ["--config", "nowhere.yaml"],
  },
  {
    title: "a configuration that is a folder",
    field: "folder.yaml",
    todo: /is a folder/,
    args: ["--config", "folder.yaml"],
  },
  {
    title: "a configuration of another kind",
    field: "accounts.toml",
    todo: /must end in \.json, \.yaml or \.yml/,
    file: ["accounts.toml", "mpin = 1357"],
    value: "1357",
  },
  {
    title: "no sandbox where one is asked for",
    field: "accounts.main.baseUrl",
    todo: /give an address/,
    args: ["--no-sandbox"],
  },
  {
    title: "a port that is in use",
    field: "--sandbox-port",
    todo: /in use.*choose another port/,
    args: ["--sandbox-port", "IN_USE"],
  },
  {
    title: "a port that is no number",
    field: "--sandbox-port",
    todo: /A port is a number/,
    args: ["--sandbox-port", "1357x"],
    value: "1357x",
  },
  {
    title: "a port of the page that is no number",
    field: "--port",
    todo: /A port is a number/,
    args: ["--port", "1357x"],
    value: "1357x",
  },
  {
    title: "a seventh port",
    field: "--sandbox-port",
    todo: /There are six ports/,
    args: ["--sandbox-port", "0", "0", "0", "0", "0", "0", "0"],
  },
  { title: "an unknown option", field: "--onec", todo: /Did you mean --once\?.* --help/, args: ["--onec"] },
  { title: "a secret as an unknown option", field: "--mpin", todo: /--help/, args: ["--mpin=1357"], value: "1357" },
  { title: "a secret as an argument", field: "arguments", todo: /--help/, args: ["1357"], value: "1357" },
  { title: "an option without its value", field: "--config", todo: /--help/, args: ["--config"] },
];

let folder = "";
let busy: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
  busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
});
afterAll(async () => {
  busy.close();
  await rm(folder, { recursive: true, force: true });
});

/** A folder with the demo's own configuration and environment, made bad as the case says. Returns the arguments to run it with. */
async function prepare({ yaml, env: variable, file, args = [] }: Bad, cwd: string): Promise<readonly string[]> {
  await mkdir(join(cwd, "folder.yaml"), { recursive: true });
  // Without the accounts that need a person: those are refused in the terminal.
  const configuration = (await readFile(new URL("../broker-auth.yaml", import.meta.url), "utf8"))
    .replace(/^ {2}# A person logs in at[^]*?(?=^ {2}angel:)/m, "")
    .replace(/^ {2}# No TOTP secret[^]*?(?=^\n# Programs)/m, "");
  const variables = await readFile(new URL("../sandbox.env", import.meta.url), "utf8");
  if (yaml !== undefined && !configuration.includes(yaml[0])) throw new Error(`the configuration has no ${yaml[0]}`);
  await writeFile(join(cwd, "broker-auth.yaml"), yaml === undefined ? configuration : configuration.replace(...yaml));
  const [name, value] = variable ?? [];
  const line = value === undefined ? "" : `${name}="${value}"`;
  await writeFile(
    join(cwd, ".env"),
    name === undefined ? variables : variables.replace(new RegExp(`^${name}=.*$`, "m"), line),
    { mode: 0o600 },
  );
  if (file !== undefined) await writeFile(join(cwd, file[0]), file[1]);
  const port = String((busy.address() as AddressInfo).port);
  return ["--config", file?.[0] ?? "broker-auth.yaml", ...args.map((arg) => (arg === "IN_USE" ? port : arg))];
}

/** The command in this process, as it is called in a folder. */
async function runIn(cwd: string, args: readonly string[]): Promise<DemoResult> {
  process.chdir(cwd);
  const said = { stdout: "", stderr: "" };
  const code = await runDemo(args, {
    out: (text) => void (said.stdout += text),
    err: (text) => void (said.stderr += text),
    env: { XDG_STATE_HOME: cwd },
    ended: new AbortController().signal,
  });
  return { code, ...said };
}

const started = process.cwd();
afterEach(() => process.chdir(started));

describe("bad input ends with 2 and one message that names it and says what to do:", { timeout: 60_000 }, () => {
  it.each(table.map((bad, index) => ({ ...bad, index })))("$title", async (bad) => {
    const cwd = join(folder, String(bad.index));
    const args = await prepare(bad, cwd);
    const { code, stdout, stderr } = await runIn(cwd, ["--once", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^broker-auth-demo: [^\n]+\n$/);
    expect(stderr).toContain(bad.field);
    expect(stderr).toMatch(bad.todo);
    expect(stderr).not.toMatch(/^ {4}at |Error:/m);
    expect(bad.value !== undefined && stderr.includes(bad.value)).toBe(false);
  });
});

it("--help tells the options and ends with 0", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runDemoProcess(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const option of ["--no-page", "--port", "--data", "--once", "--json", "--config", "--sandbox-port"])
    expect(stdout).toContain(option);
  expect(stdout).toContain("A fresh start");
});
