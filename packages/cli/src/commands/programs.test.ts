import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { Screen } from "../testing/screen.ts";
import { command, isInstalled, Trial } from "../testing/trial.ts";

describe("headers for other programs", { timeout: 240_000 }, () => {
  it.skipIf(!isInstalled("curl"))(
    "headers --format curl feeds curl, and no secret stands on a command line",
    async () => {
      const trial = await Trial.start();
      trial.configure();
      const { out } = await trial.run(["headers", "main", "--format", "curl"]);
      const child = spawn("curl", ["-s", "--noproxy", "*", "--config", "-", `${trial.sandbox.nubra.url}/userinfo`]);
      child.stdin.end(out);
      expect(await text(child.stdout)).toContain("ACTIVE");
    },
  );

  it("headers --format env is what a shell reads, whatever the values are", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { out } = await trial.run(["headers", "main", "--format", "env"]);
    const seen = execFileSync("sh", ["-c", `${out}\nprintf %s "$BROKER_AUTH_MAIN_HEADER_AUTHORIZATION"`], {
      encoding: "utf8",
    });
    expect(seen).toMatch(/^Bearer ey/);
  });

  it("headers --json is versioned, and tells account, origin, end and generation", async () => {
    const trial = await Trial.start();
    trial.configure();
    expect(JSON.parse((await trial.run(["headers"])).out)).toEqual({
      version: 1,
      account: "main",
      broker: "nubra",
      generation: expect.any(Number) as number,
      origin: trial.sandbox.nubra.url,
      headers: { authorization: expect.any(String) as string, "x-device-id": expect.any(String) as string },
      expires: expect.stringMatching(/Z$/) as string,
    });
  });

  it("curl sends with the session and prints the body; an order that the broker refuses is sent once", async () => {
    const trial = await Trial.start();
    trial.configure();
    const read = await trial.run(["curl", "main", "/portfolio/holdings", "-i"]);
    expect([read.code, read.out]).toEqual([0, expect.stringMatching(/^HTTP 200\n[\s\S]*\n\n\{"message":"holdings"/)]);
    const order = await trial.run(["curl", "main", "/orders/v2/single", "-d", "{}"]);
    expect(order.code).toBe(4);
    expect(trial.sandbox.journal.count({ path: "/orders/v2/single" })).toBe(1);
  });

  it("exec gives the program the headers that are named and no credential, and ends as it ends", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    const { code, out } = await trial.run(["exec", "main", "--", "sh", "-c", "env; exit 7"], {
      env: { NUBRA_MPIN: "1357", KOTAK_NEO_ACCESS_TOKEN: "canary", OTHER: "stays" },
    });
    expect(code).toBe(7);
    expect(out).toMatch(/^BROKER_AUTH_MAIN_ORIGIN=http/m);
    expect(out).toMatch(/^BROKER_AUTH_MAIN_HEADER_AUTHORIZATION=Bearer /m);
    expect(out).toMatch(/^OTHER=stays$/m);
    expect(out).not.toMatch(/NUBRA_MPIN|canary|HEDGE|JBSWY3DP/);
    expect((await trial.run(["exec", "main", "--", join(trial.home, "nowhere")])).err).toBe(
      "broker-auth: the program could not be started (ENOENT)\n",
    );
  });

  it("exec passes SIGTERM on", async () => {
    const trial = await Trial.start();
    trial.configure();
    const child = trial.start([
      "exec",
      "main",
      "--",
      "sh",
      "-c",
      "trap 'echo ended; exit 3' TERM; echo ready; while :; do sleep 0.1; done",
    ]);
    let out = "";
    child.stdout?.on("data", (chunk) => (out += String(chunk)));
    await vi.waitFor(() => expect(out).toBe("ready\n"), { timeout: 60_000 });
    child.kill("SIGTERM");
    expect([(await once(child, "close"))[0], out]).toEqual([3, "ready\nended\n"]);
  });
});

/** A trial whose PATH leads to the command by its name, as a user's does. */
async function withCommand(): Promise<Trial> {
  const trial = await Trial.start();
  trial.configure({ main: [], hedge: [] }, { trading: "main" });
  const bin = join(trial.home, "bin");
  mkdirSync(bin);
  const line = command.map((word) => `'${word}'`).join(" ");
  writeFileSync(join(bin, "broker-auth"), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  Object.assign(trial.env, { PATH: `${bin}:${trial.env["PATH"]}` });
  return trial;
}

describe("completion", { timeout: 240_000 }, () => {
  it.skipIf(!isInstalled("bash"))(
    "bash completes commands, options and the names of accounts, and no secret is read for it",
    async () => {
      const trial = await Trial.start();
      trial.configure({ main: [], hedge: [] }, { trading: "main" });
      const complete = async (...words: string[]): Promise<string> =>
        (await trial.run(["complete", "--", ...words])).out;
      expect(await complete("lo")).toBe("login\nlogout\n");
      expect(await complete("login", "")).toBe("main\nhedge\ntrading\n");
      expect(await complete("login", "--s")).toBe("--stdin\n");
      expect(await complete("config", "")).toBe("check\nschema\n");
      const { out: script } = await trial.run(["completion", "bash"]);
      const child = spawn("bash", [
        "--norc",
        "-c",
        `${script}
      broker-auth() { printf 'main\\nhedge\\n'; }
      COMP_WORDS=(broker-auth login ""); COMP_CWORD=2; _broker_auth; echo "\${COMPREPLY[*]}"`,
      ]);
      expect(await text(child.stdout)).toBe("main hedge\n");
    },
  );

  it.skipIf(!isInstalled("fish"))("fish completes commands, options and the names of accounts", async () => {
    const trial = await withCommand();
    const { out: script } = await trial.run(["completion", "fish"]);
    writeFileSync(join(trial.home, "broker-auth.fish"), script);
    const asked = ["lo", "login ", "login --st", "config "].map(
      (words) => `complete -C 'broker-auth ${words}'; echo .`,
    );
    const child = spawn("fish", ["--no-config", "-c", `source broker-auth.fish; ${asked.join("; ")}`], {
      cwd: trial.home,
      env: trial.env,
    });
    expect(
      (await text(child.stdout)).split(".\n").map((part) => part.split(/\s+/).filter((word) => word !== "")),
    ).toEqual([
      ["login", "logout"],
      expect.arrayContaining(["main", "hedge", "trading"]) as string[],
      ["--stdin"],
      ["check", "schema"],
      [],
    ]);
  });

  it.skipIf(!isInstalled("zsh") || !isInstalled("tmux"))(
    "zsh completes what was begun, at its own prompt",
    async () => {
      const trial = await withCommand();
      writeFileSync(
        join(trial.home, ".zshrc"),
        `autoload -Uz compinit; compinit -u -d ${trial.home}/dump\neval "$(broker-auth completion zsh)"\nPS1='ready> '\n`,
      );
      const screen = new Screen(trial, ["-i"], { program: ["zsh"] });
      await screen.shows("ready>");
      await screen.press("b", "roker-auth login hed", "Tab");
      await screen.shows(/ready> broker-auth login hedge/);
      await screen.press("C-u", "broker-auth config sch", "Tab");
      expect(await screen.shows(/ready> broker-auth config schema/)).not.toContain("not found");
    },
  );
});

describe("doctor", { timeout: 240_000 }, () => {
  it("looks at versions, configuration, store, clock, session and address, and logs nobody in", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    await trial.run(["login", "main"]);
    const { code, out } = await trial.run(["doctor"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ versions +broker-auth \S+, Node /);
    expect(out).toMatch(/^✓ store .*encrypted, its key can be read, mode 700$/m);
    expect(out).toMatch(
      /^✓ main +nubra sandbox, logged in, ends .* IST\n✓ {3}clock .*\n✓ {3}address +203\.0\.113\.10, listed$/m,
    );
    expect(out).toMatch(/^! hedge +kotak-neo sandbox, logged out\n✓ {3}clock .*\n- {3}address/m);
    expect(trial.logins).toBe(1);
  });

  it("--share names no account, path or address; what is wrong is exit code 5", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin" });
    await trial.run(["login"]);
    const { code, out } = await trial.run(["doctor", "--share"]);
    expect(code).toBe(5);
    expect(out).toMatch(
      /^✗ account 2 +kotak-neo sandbox, blocked, the broker refused the MPIN, no login by itself until you act$/m,
    );
    expect(out).not.toMatch(/main|hedge|\/tmp|203\.0|127\.0/);
  });

  it.skipIf(!isInstalled("tmux")).each([80, 120])(
    "in a terminal of %i columns a line breaks between words",
    async (width) => {
      const trial = await Trial.start();
      trial.configure({ main: [], hedge: [] });
      const screen = new Screen(trial, ["doctor"], { columns: width });
      const seen = await screen.shows(/\[ended \d\]/);
      expect(seen.replaceAll(/\s+/g, " ")).toContain("broker-auth.yaml, 2 accounts ✓ store");
      const lines = seen.split("\n");
      expect(lines.filter((line) => !/^(?:[✓!✗-] | {18}\S|\[ended)/.test(line))).toEqual([]);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    },
  );

  it("tells a clock that is off", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    trial.sandbox.nubra.setScenario("*", { name: "clock-skew", skewMs: 90_000 });
    expect((await trial.run(["doctor"])).out).toMatch(/^! {3}clock +(89|90|91) s behind the broker's$/m);
  });
});
