import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Screen } from "./testing/screen.ts";
import { command, isInstalled, Trial } from "./testing/trial.ts";

/** What a person does wrong, and what the command says about it. Nothing is sent to a broker for any of it. */
const mistakes: readonly (readonly [
  what: string,
  args: readonly string[],
  code: number,
  says: string | RegExp,
  prepare?: (trial: Trial) => void,
])[] = [
  ["no command", [], 2, "Usage: broker-auth"],
  ["a command with a slip in it", ["statsu"], 2, "Did you mean status?"],
  ["an option that there is not", ["status", "--jsn"], 2, "Did you mean --json?"],
  ["a secret as an option", ["login", "--mpin", "1357"], 2, "unknown option '--mpin'"],
  ["an account with a slip in it", ["login", "mian"], 2, 'there is no account "mian"; did you mean main?'],
  ["an alias with a slip in it", ["headers", "tradin"], 2, "did you mean trading?"],
  ["an account that there is not", ["unlock", "zebra"], 2, 'there is no account "zebra"; there are main, trading'],
  ["a phone where an account's name belongs", ["login", "9000000001"], 2, /there is no account of that name/],
  ["a format that there is not", ["headers", "main", "--format", "xml"], 2, "Allowed choices are json, curl, env"],
  ["a shell that there is not", ["completion", "tcsh"], 2, "Allowed choices are bash, zsh, fish"],
  ["a path without a slash", ["curl", "main", "userinfo"], 2, "must be a path that begins with /"],
  ["another host", ["curl", "main", "https://example.com/userinfo"], 2, "not this account's at the broker"],
  ["a header without a colon", ["curl", "main", "/userinfo", "-H", "accept"], 2, 'header: must be "NAME: VALUE"'],
  ["a method that is none", ["curl", "main", "/userinfo", "-X", "GE T"], 2, "method"],
  ["a missing argument", ["curl", "main"], 2, "missing required argument 'path'"],
  ["a surplus argument", ["headers", "main", "hedge"], 2, "too many arguments"],
  ["a purge without a word", ["purge", "main"], 3, "Give --yes"],
  ["a program that is not there", ["exec", "nobody", "--", "true"], 2, 'there is no account "nobody"'],
  ["a time of the day that there is not", ["agent", "--until", "25:00"], 2, "such as 15:30"],
  ["a port that there is not", ["agent", "--http", "70000"], 2, "A port is a number from 0 to 65535"],
  ["a secret as a field of init", ["init", "--broker", "nubra", "--from-env", "--set", "phone=1"], 2, "phone"],
  [
    "a store of another version",
    ["login"],
    5,
    /was written by a newer version \(99, this program knows \d+\)/,
    (trial) => plantDatabase(trial, "PRAGMA application_id = 1650554228; PRAGMA user_version = 99"),
  ],
  [
    "a database of another program in the store's place",
    ["login"],
    5,
    "is a database of another program",
    (trial) => plantDatabase(trial, "CREATE TABLE other (x)"),
  ],
  [
    "no configuration",
    ["status"],
    2,
    /there is no configuration at .*\n {2}Run broker-auth init/,
    (trial) => trial.remove(),
  ],
  ["a configuration that is named and not there", ["--config", "x.yaml", "status"], 2, /x\.yaml\n/],
  [
    "a configuration of another kind",
    ["--config", "x.toml", "status"],
    2,
    "must end in .json, .yaml or .yml",
    (trial) => writeFileSync(join(trial.home, "x.toml"), ""),
  ],
  [
    "broken YAML",
    ["status"],
    2,
    /is not YAML: look at line 4, column \d+/,
    (trial) => trial.write("accounts:\n  main:\n   - x: [\n"),
  ],
  ["an empty configuration", ["status"], 2, "is empty; write accounts into it", (trial) => trial.write("# nothing\n")],
  ["a configuration without accounts", ["status"], 2, "accounts: is missing", (trial) => trial.write("use: {}\n")],
  [
    "a broker that there is not",
    ["status"],
    2,
    /accounts\.main\.broker: is not one of the brokers/,
    (trial) => trial.write({ accounts: { main: { broker: "nubar" } } }),
  ],
  [
    "a field that there is not",
    ["status"],
    2,
    /pin: is not a field of a Nubra account/,
    (trial) => trial.write({ accounts: { main: { broker: "nubra", phone: "9000000001", pin: "1357" } } }),
  ],
  [
    "a variable that is not set",
    ["status"],
    2,
    "the variable NUBRA_PHONE is not set",
    (trial) => trial.write({ accounts: { main: { broker: "nubra", phone: { env: "NUBRA_PHONE" } } } }),
  ],
  [
    "digits without quotes",
    ["status"],
    2,
    "put digits in quotes",
    (trial) => trial.write("accounts: { main: { broker: nubra, phone: 9000000001 } }"),
  ],
  [
    "an alias of nothing",
    ["status"],
    2,
    "use.trading: must",
    (trial) => trial.write({ accounts: { main: trial.account("main") }, use: { trading: "mian" } }),
  ],
  [
    "a configuration that others can change",
    ["status"],
    2,
    /can be changed by every user.*\n {2}Run chmod go-w/,
    (trial) => chmodSync(join(trial.folder, "broker-auth.yaml"), 0o666),
  ],
  [
    "a folder that others can change",
    ["status"],
    2,
    /can be changed by every user/,
    (trial) => chmodSync(trial.folder, 0o777),
  ],
  [
    "a secret file that others can read",
    ["status"],
    2,
    /accounts\.main\.mpin.*chmod/,
    (trial) => chmodSync(join(trial.folder, "secrets/main-mpin"), 0o644),
  ],
  [
    "a store whose directory is a link",
    ["login"],
    5,
    "is a link or a file",
    (trial) => plantLink(trial, ".local/state/broker-auth"),
  ],
  [
    "a store that is no database",
    ["login"],
    5,
    /sessions\.db/,
    (trial) => plantFile(trial, ".local/state/broker-auth/sessions.db", "x".repeat(4096)),
  ],
  [
    "a store's key that others can read",
    ["login"],
    5,
    "chmod 600",
    (trial) => plantFile(trial, ".local/share/broker-auth-keys/store.key", `${"A".repeat(43)}=\n`, 0o644),
  ],
  [
    "a store's key that is none",
    ["login"],
    5,
    "store.key",
    (trial) => plantFile(trial, ".local/share/broker-auth-keys/store.key", "not a key\n"),
  ],
];

function plantDatabase(trial: Trial, statements: string): void {
  const folder = join(trial.home, ".local/state/broker-auth");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, "sessions.db"));
  database.exec(statements);
  database.close();
}

function plantLink(trial: Trial, path: string): void {
  mkdirSync(join(trial.home, path, ".."), { recursive: true, mode: 0o700 });
  symlinkSync("/tmp", join(trial.home, path));
}

function plantFile(trial: Trial, path: string, content: string, mode = 0o600): void {
  mkdirSync(join(trial.home, path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(join(trial.home, path), content, { mode });
}

describe("a mistake is told in a few clean lines, with its exit code", { timeout: 240_000 }, () => {
  const cases = mistakes.map(([what, args, code, says, prepare]) => ({ what, args, code, says, prepare }));
  it.each(cases)("$what: broker-auth $args ends with $code", async ({ args, code, says, prepare }) => {
    const trial = await Trial.start();
    trial.configure({ main: [] }, { trading: "main" });
    prepare?.(trial);
    const run = await trial.run(args);
    expect([run.code, run.out]).toEqual([code, ""]);
    expect(run.err).toMatch(says);
    expect(run.err).not.toMatch(/\n\s+at |node:internal|1357|9000000001/);
    expect(run.err).toMatch(/^(?:broker-auth|Usage): \S/);
    expect(trial.sandbox.journal.count()).toBe(0);
  });

  it("with --json it is one line of JSON with the code, and nothing on standard error", async () => {
    const trial = await Trial.start();
    const { code, out, err } = await trial.run(["status", "--json"]);
    expect([code, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({ version: 1, error: { code: "configuration", field: "configuration" } });
    expect(out.trimEnd()).not.toContain("\n");
  });

  it.skipIf(!isInstalled("tmux")).each([60, 100])(
    "in a terminal of %i columns it breaks between words",
    async (width) => {
      const trial = await Trial.start();
      trial.write({ accounts: { main: { broker: "nubra", phone: "90000" } } });
      const screen = new Screen(trial, ["status"], { columns: width });
      const seen = await screen.shows(/\[ended 2\]/);
      const words =
        "accounts.main.phone: must be ten digits; spaces, dashes, quotes and one leading +91, 91 or 0 are forgiven";
      expect(seen.replaceAll("\n", " ")).toContain(words);
    },
  );

  it("a reader that goes away is no error that is told", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const [program = "", ...flags] = command;
    const child = spawn(program, [...flags, "status", "--watch", "--json"], { env: trial.env, stdio: "pipe" });
    child.stdout.once("data", () => child.stdout.destroy());
    const loggedIn = trial.run(["login"]);
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close"), loggedIn]);
    expect([code, err]).toEqual([141, ""]);
  });

  it.skipIf(process.platform !== "linux")("a full disk is exit code 5 and one line", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const [program = "", ...flags] = command;
    const child = spawn("sh", ["-c", 'exec "$@" > /dev/full', "sh", program, ...flags, "status"], {
      env: trial.env,
      stdio: "pipe",
    });
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    expect([code, err]).toEqual([5, "broker-auth: the output could not be written (ENOSPC)\n"]);
  });
});
