import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { command, Trial } from "./testing/trial.ts";

/** Runs a line of a shell in which `"$@"` is the command. */
async function shell(trial: Trial, line: string) {
  const child = spawn("sh", ["-c", line, "sh", ...command], { env: trial.env, cwd: trial.home, stdio: "pipe" });
  child.stdin.end();
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

/** Without what is another in each run. */
const lasting = (seen: string): string => seen.replaceAll(/\d+ h \d+ min/g, "(span)");

const long = "x".repeat(120);

/** What is wrong around the command: what it reads, where its files would be, what its variables say. */
const mistakes: readonly (readonly [what: string, line: string, code: number, says: string | RegExp])[] = [
  ["standard input is closed", '"$@" get <&-', 2, "the request on standard input is not JSON"],
  ["standard input is a folder", '"$@" get < /tmp', 2, "standard input is a folder"],
  ["standard input has no end in sight", 'head -c 200000 /dev/zero | "$@" get', 2, "is longer than 64 KiB"],
  [
    "an answer is asked of a closed standard input",
    '"$@" init --broker nubra --account b --stdin <&-',
    3,
    "the registered mobile number is missing",
  ],
  [
    "the address of a helper's request is a file",
    `echo '{"uri":"file:///etc/passwd"}' | "$@" get`,
    2,
    "no headers are given out",
  ],
  [
    "BROKER_AUTH_ACCOUNT has a slip in it",
    `echo '{"uri":"http://127.0.0.1:1"}' | BROKER_AUTH_ACCOUNT=mian "$@" get`,
    2,
    "did you mean main?",
  ],
  [
    "HOME is a file",
    'HOME=/etc/passwd "$@" login',
    2,
    "/etc/passwd/.config/broker-auth/broker-auth.yaml cannot be used (ENOTDIR)",
  ],
  ["HOME is where the system takes no folder", 'HOME=/proc/1 "$@" status', 2, "Run broker-auth init"],
  [
    "the agent's folder would lie where the system takes none",
    'HOME=/proc/1 XDG_RUNTIME_DIR= "$@" agent',
    2,
    "cannot be used (ENOENT)",
  ],
  ["HOME is nowhere", 'HOME=/nowhere "$@" status', 2, "Run broker-auth init"],
  ["the configuration is a folder", '"$@" --config folder.yaml status', 2, "folder.yaml is a folder, not a file"],
  [
    "init is to write into a folder's name",
    '"$@" --config folder.yaml init --broker nubra --from-env',
    2,
    "folder.yaml is a folder, not a file",
  ],
  [
    "the configuration is a pipe",
    'mkfifo -m 600 pipe.yaml && "$@" --config pipe.yaml status',
    2,
    "is a pipe or a device, not a file",
  ],
  ["the configuration is a device", '"$@" --config /dev/null status', 2, "can be changed by every user"],
  [
    "the folder of the agent's socket cannot be made",
    'XDG_RUNTIME_DIR=/dev/null/x "$@" agent',
    2,
    "/dev/null/x cannot be used (ENOTDIR)",
  ],
  [
    "the path of the agent's socket is too long",
    `XDG_RUNTIME_DIR=/tmp/${long} "$@" agent`,
    2,
    "is too long for a socket (107 bytes)",
  ],
  ["the store's folder cannot be made", 'XDG_STATE_HOME=/etc/passwd "$@" login', 5, "cannot be used (ENOTDIR)"],
  ["the sandbox's state is a folder", '"$@" sandbox --state /tmp', 2, "The state file /tmp cannot be used (EISDIR)"],
  ["an account's name is empty", '"$@" headers ""', 2, "there is no account of that name"],
  ["the accounts of exec are a comma", '"$@" exec , -- true', 2, "there is no account"],
  ["standard error is closed", '"$@" statsu 2>&-', 2, ""],
];

describe(
  "what is wrong around the command is told in a few clean lines, with its exit code",
  { timeout: 240_000 },
  () => {
    it.each(mistakes)("%s: %s", async (_what, line, code, says) => {
      const trial = await Trial.start();
      trial.configure({ main: [] }, { trading: "main" });
      mkdirSync(join(trial.home, "folder.yaml"), { mode: 0o700 });
      const run = await shell(trial, line);
      expect([run.code, run.out]).toEqual([code, ""]);
      expect(run.err).toMatch(says);
      expect(run.err).not.toMatch(/\n\s+at |node:internal|should not|1357|9000000001/);
      expect(trial.sandbox.journal.count()).toBe(0);
    });

    it("a port that is taken ends the agent with a line, and leaves no socket", async () => {
      const trial = await Trial.start();
      trial.configure({ main: [] });
      const port = new URL(trial.sandbox.nubra.url).port;
      for (const option of ["--http", "--gateway-port"]) {
        const { code, err } = await trial.run(["agent", option, port]);
        expect([code, err]).toEqual([
          2,
          expect.stringMatching(new RegExp(`^broker-auth: port ${port} cannot be used \\(EADDRINUSE\\)\n`)),
        ]);
      }
      const { code } = await shell(trial, "! test -e run/broker-auth/agent.sock");
      expect(code).toBe(0);
    });

    it("variables that are empty, LANG=C, TERM=dumb, COLUMNS=20 and NO_COLOR change nothing of what is printed into a pipe", async () => {
      const trial = await Trial.start();
      trial.configure({ main: [] });
      await trial.run(["login"]);
      const lines = [
        '"$@" status',
        'LANG=C LC_ALL=C TERM=dumb "$@" status',
        'COLUMNS=20 NO_COLOR=1 "$@" status',
        'XDG_CONFIG_HOME= XDG_STATE_HOME= XDG_DATA_HOME= XDG_CACHE_HOME= BROKER_AUTH_CONFIG= BROKER_AUTH_ACCOUNT= NO_COLOR= FORCE_COLOR= "$@" status',
        'XDG_CONFIG_HOME=rel XDG_STATE_HOME=rel XDG_DATA_HOME=rel XDG_CACHE_HOME=rel "$@" --config "" status',
      ];
      const runs = [];
      for (const line of lines) runs.push(await shell(trial, line));
      const [plain] = runs;
      expect(plain?.out).toMatch(/^ACCOUNT +BROKER/);
      for (const { code, out, err } of runs)
        expect([code, lasting(out), err]).toEqual([0, lasting(plain?.out ?? ""), ""]);
    });

    it("a reader that has gone is told nothing, whatever the command prints", async () => {
      const trial = await Trial.start();
      trial.configure({ main: [] });
      await trial.run(["login"]);
      for (const words of [
        "status",
        "status --json",
        "doctor",
        "config schema",
        "completion bash",
        "headers main",
        "login --json",
        "curl main /userinfo",
      ]) {
        const [program = "", ...flags] = command;
        const child = spawn(program, [...flags, ...words.split(" ")], {
          env: trial.env,
          cwd: trial.home,
          stdio: "pipe",
        });
        child.stdin.end();
        child.stdout.destroy();
        const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
        expect([words, code, err]).toEqual([words, 141, ""]);
      }
    });
  },
);
