import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@x/config";
import { isBrokerAuthError, memoryStore, type TokenStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { demoAccounts } from "@x/sandbox";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { openTestEnvironment, type TestEngineChanges, type TestEnvironment } from "@x/test-environment";
import { readMarkdown } from "./markdown.ts";
import { monday845, openProgramFolder, programs, type ProgramFolder } from "./program-folder.ts";

// Well formed, and nobody's.
const otherSecret = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
const page = readMarkdown("docs/deployment.md");
const files = programs(page);
const pieces = (language: string): string[] =>
  page.blocks.flatMap((block) => (block.language === language ? [block.text] : []));

/** The page's files in a folder, with the sandbox's addresses added to the configuration. */
async function openDeployment(startAt?: number, mpin = demoAccounts.nubra[0]?.mpin): Promise<ProgramFolder> {
  const folder = await openProgramFolder(startAt);
  const [configuration = ""] = pieces("yaml");
  const { env, sandbox } = folder;
  const { nubra: nubraUrl, kotakNeo: kotakNeoUrl } = { nubra: sandbox.nubra.url, kotakNeo: sandbox.kotakNeo.loginUrl };
  await folder.write({
    ...files,
    "broker-auth.yaml": configuration
      .replace("broker: nubra", `$&\n    environment: sandbox\n    baseUrl: ${nubraUrl}`)
      .replace("broker: kotak-neo", `$&\n    environment: sandbox\n    loginBaseUrl: ${kotakNeoUrl}`),
    "secrets/nubra-phone": env["NUBRA_PHONE"] ?? "",
    "secrets/nubra-mpin": mpin ?? "",
    "secrets/nubra-totp": env["NUBRA_TOTP_SECRET"] ?? "",
    "secrets/kotak-token": env["KOTAK_NEO_ACCESS_TOKEN"] ?? "",
    "secrets/kotak-mobile": env["KOTAK_NEO_MOBILE_NUMBER"] ?? "",
    "secrets/kotak-ucc": env["KOTAK_NEO_UCC"] ?? "",
    "secrets/kotak-mpin": env["KOTAK_NEO_MPIN"] ?? "",
    "secrets/kotak-totp": env["KOTAK_NEO_TOTP_SECRET"] ?? "",
  });
  return folder;
}

const minted = ({ sandbox }: Pick<ProgramFolder, "sandbox">): number =>
  sandbox.journal.count({ step: ["verifypin", "validate"], outcome: "accepted" });

describe("the programs of docs/deployment.md", { timeout: 60_000 }, () => {
  it("bring all accounts to sessions once, and say until when", async () => {
    await using folder = await openDeployment();
    const [printed = ""] = pieces("text");
    const wanted = new RegExp(`^${printed.replaceAll(/:\d\d IST/g, String.raw`:\d\d IST`)}$`);
    for (let run = 0; run < 2; run++) {
      const { code, stdout, stderr } = await folder.run("morning.ts");
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(wanted);
    }
    expect(minted(folder)).toBe(2);
    expect(await folder.run("strategy.ts")).toStrictEqual({ code: 0, stdout: "200\n", stderr: "" });
    expect(minted(folder)).toBe(2);
  });

  it("end a strategy with 78 where a person has to act, and a wrong MPIN is sent once", async () => {
    await using folder = await openDeployment(monday845, "9999");
    const runs = [await folder.run("strategy.ts"), await folder.run("strategy.ts")];
    expect(runs.map(({ code }) => code)).toStrictEqual([78, 78]);
    expect(runs.map(({ stderr }) => stderr.split(".")[0])).toStrictEqual(["main: pin_rejected", "main: login_blocked"]);
    expect(folder.sandbox.journal.count({ step: "verifypin" })).toBe(1);
  });

  it("end a strategy with 75 where trying again helps", async () => {
    await using folder = await openDeployment();
    await folder.sandbox.nubra.close();
    const { code, stderr } = await folder.run("strategy.ts");
    expect({ code, said: stderr.split(".")[0] }).toStrictEqual({ code: 75, said: "main: broker_unavailable" });
  });

  it("refuse a session until 15:30 before 08:30, and get it afterwards", async () => {
    const before = Date.UTC(2031, 2, 3, 2, 59, 10);
    await using folder = await openDeployment(before);
    const { code, stderr } = await folder.run("strategy.ts");
    expect({ code, said: stderr.split(".")[0] }).toStrictEqual({ code: 78, said: "main: configuration" });
    folder.sandbox.clock.advance(60_000);
    expect(await folder.run("strategy.ts")).toMatchObject({ code: 0 });
  });

  it("block after two answers of 5xx, and unlock by hand", async () => {
    await using folder = await openDeployment();
    folder.sandbox.nubra.setScenario("main", { name: "server-error", step: "totp-login", status: 503 });
    const runs = [await folder.run("strategy.ts"), await folder.run("strategy.ts")];
    expect(runs.map(({ stderr }) => stderr.split(".")[0])).toStrictEqual(Array(2).fill("main: outcome_unknown"));
    folder.sandbox.nubra.clearScenarios();
    expect(await folder.run("unlock.ts")).toStrictEqual({ code: 0, stdout: "logged_out\n", stderr: "" });
    expect(await folder.run("strategy.ts")).toMatchObject({ code: 0 });
  });

  it("count a login whose program was killed, and try once more", async () => {
    await using folder = await openDeployment();
    const { journal, nubra: broker } = folder.sandbox;
    broker.setScenario("main", { name: "hang", step: "verifypin" });
    for (const arrivals of [1, 2]) {
      await folder.run("strategy.ts", { killed: journal.until({ step: "verifypin" }, arrivals) });
    }
    const { stderr } = await folder.run("strategy.ts");
    expect(stderr).toMatch(/^main: login_blocked/);
    expect(journal.count({ step: "verifypin" })).toBe(2);
  });

  it("make a backup every day, that can be put back", async () => {
    await using folder = await openDeployment();
    const at = (file: string): string => join(folder.path, file);
    await folder.run("morning.ts");
    writeFileSync(at("sessions.backup.new"), "half of a copy");
    for (const _ of ["today", "tomorrow"])
      expect(await folder.run("backup.ts")).toStrictEqual({ code: 0, stdout: "", stderr: "" });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(at(`state/sessions.db${suffix}`), { force: true });
    cpSync(at("sessions.backup.db"), at("state/sessions.db"));
    expect(await folder.run("strategy.ts")).toMatchObject({ code: 0 });
    expect(minted(folder)).toBe(2);
  });

  it("refuse secrets that others may read, and warn of nothing otherwise", async () => {
    await using folder = await openDeployment();
    const { warnings } = await loadConfig(join(folder.path, "broker-auth.yaml"), { brokers: [nubra, kotakNeo] });
    expect(warnings).toStrictEqual([]);
    rmSync(join(folder.path, "secrets/nubra-mpin"));
    writeFileSync(join(folder.path, "secrets/nubra-mpin"), "1357", { mode: 0o644 });
    const { code, stderr } = await folder.run("morning.ts");
    expect(code).toBe(1);
    expect(stderr).toMatch(/accounts\.main\.mpin: the secret file secrets\/nubra-mpin can be read by other users/);
    expect(folder.sandbox.journal.count({})).toBe(0);
  });
});

describe("what docs/deployment.md says of restarts", () => {
  const stores = {
    sqlite: (directory: string): TokenStore =>
      encrypted(sqliteStore({ directory: join(directory, "state") }), keyFile(join(directory, "store.key"))),
    memory: (): TokenStore => memoryStore(),
  } as const;

  /** A program that starts, wants its sessions, and ends; so many times, in TOTP steps of their own. */
  async function restarts(
    test: TestEnvironment,
    kind: keyof typeof stores,
    times: number,
    changes?: TestEngineChanges,
  ): Promise<void> {
    for (let start = 0; start < times; start++) {
      const auth = test.engine({ store: stores[kind](test.directory), ...changes });
      await auth.loginAll();
      await auth.close();
      test.clock.advance(30_000);
    }
  }

  it.each([
    ["sqlite", 1],
    ["memory", 3],
  ] as const)("with %s three starts with a wrong MPIN send it %i times", async (kind, sent) => {
    await using test = await openTestEnvironment();
    await restarts(test, kind, 3, { main: { mpin: "9999" }, hedge: { mpin: "999999" } });
    expect(test.sandbox.journal.count({ step: "verifypin" })).toBe(sent);
    expect(test.sandbox.journal.count({ step: "validate" })).toBe(sent);
  });

  it("a wrong TOTP secret is sent twice in the sandbox, and after that a login goes on that asks a person for the code", async () => {
    await using test = await openTestEnvironment();
    await restarts(test, "sqlite", 3, { main: { totpSecret: otherSecret } });
    expect(test.sandbox.journal.count({ step: "totp-login", outcome: "refused" })).toBe(2);
    const auth = test.engine({ store: stores.sqlite(test.directory) });
    expect(await codeOf(auth.session("main"))).toBe("login_blocked");
    await auth.unlock("main");
    expect(await codeOf(auth.session("main"))).toBe("login_blocked");
    expect(await codeOf(auth.login("main"))).toBe("login_blocked");
    const asking = test.engine({ store: stores.sqlite(test.directory), main: { totpSecret: undefined } });
    const session = await asking.login("main", { otp: () => test.sandbox.nubra.inbox("main").at(-1)?.code ?? "" });
    expect(session).toMatchObject({ obtainedBy: "login" });
    expect(await codeOf(auth.session("main"))).toBe("no error");
  });

  it("a wrong access token that the broker names is sent once, and the corrected one is taken at the next start", async () => {
    await using test = await openTestEnvironment();
    await restarts(test, "sqlite", 3, { hedge: { accessToken: "5a4db0c5-0000-4000-8000-00000000dead" } });
    expect(test.sandbox.journal.count({ step: "login", outcome: "refused" })).toBe(1);
    test.clock.advance(31_000);
    expect(await codeOf(test.engine({ store: stores.sqlite(test.directory) }).session("hedge"))).toBe("no error");
  });

  it("a wrong UCC is sent twice, and the corrected one is another account, which is logged in at once", async () => {
    await using test = await openTestEnvironment();
    await restarts(test, "sqlite", 3, { hedge: { ucc: "XY43Z" } });
    expect(test.sandbox.journal.count({ step: "login", outcome: "refused" })).toBe(2);
    expect(await codeOf(test.engine({ store: stores.sqlite(test.directory) }).session("hedge"))).toBe("no error");
  });

  it("proved credentials are tried once after a minute and then every 12 to 14 minutes while the broker answers 5xx", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine({ store: stores.sqlite(test.directory) });
    await auth.session("hedge");
    await auth.logout("hedge");
    test.clock.advance(60_000);
    test.sandbox.kotakNeo.setScenario("hedge", { name: "server-error", step: "login" });
    const tries = (): number => test.sandbox.journal.count({ step: "login", outcome: "fault: server-error" });
    const counts: number[] = [];
    for (const minutes of [0, 0.9, 0.2, 11, 3.1]) {
      test.clock.advance(minutes * 60_000);
      await codeOf(auth.session("hedge"));
      counts.push(tries());
    }
    expect(counts).toStrictEqual([1, 1, 2, 2, 3]);
    test.sandbox.kotakNeo.clearScenarios();
    test.clock.advance(14 * 60_000);
    expect(await codeOf(auth.session("hedge"))).toBe("no error");
  });

  it.each([
    ["sqlite", 2],
    ["memory", 4],
  ] as const)("with %s four starts while the broker answers 5xx try %i times", async (kind, tries) => {
    await using test = await openTestEnvironment();
    test.sandbox.nubra.setScenario("main", { name: "server-error", step: "totp-login", status: 503 });
    await restarts(test, kind, 4);
    expect(test.sandbox.journal.count({ step: "totp-login" })).toBe(tries);
  });

  it.each([
    ["sqlite", 1],
    ["memory", 3],
  ] as const)("with %s three starts with everything right log in %i times", async (kind, logins) => {
    await using test = await openTestEnvironment();
    await restarts(test, kind, 3);
    expect(test.sandbox.journal.count({ step: "verifypin", outcome: "accepted" })).toBe(logins);
  });

  it("with memory a start in the same 30 seconds has its code refused once, and logs in with the next one", async () => {
    await using test = await openTestEnvironment();
    await test.engine({ store: memoryStore() }).session("main");
    expect((await test.engine({ store: memoryStore() }).session("main")).obtainedBy).toBe("login");
    expect(test.sandbox.journal.count({ step: "totp-login", outcome: "refused" })).toBe(1);
  });

  it("two sites on one store share neither codes nor refusals", async () => {
    await using test = await openTestEnvironment();
    const store = memoryStore();
    const codes: string[] = [];
    for (const site of ["here", "there"])
      codes.push(await codeOf(test.engine({ store, hedge: { site } }).session("hedge")));
    expect(codes).toStrictEqual(["no error", "no error"]);
    expect(test.sandbox.journal.count({ step: "login", outcome: "refused" })).toBe(1);
    test.clock.advance(30_000);
    for (const site of ["third", "fourth"]) {
      const wrong = test.engine({ store, hedge: { site, mpin: "999999" } });
      expect(await codeOf(wrong.session("hedge"))).toBe("pin_rejected");
      test.clock.advance(30_000);
    }
  });
});

describe("what docs/deployment.md says of the store", () => {
  it("a key is changed by a line above the old one, which can go after the next login", async () => {
    await using test = await openTestEnvironment();
    const key = join(test.directory, "store.key");
    const open = (): TokenStore => encrypted(sqliteStore({ directory: join(test.directory, "state") }), keyFile(key));
    await test.engine({ store: open() }).session("main");
    const old = readFileSync(key, "utf8");
    const fresh = `${randomBytes(32).toString("base64")}\n`;
    writeFileSync(key, fresh + old);
    const auth = test.engine({ store: open() });
    expect(await auth.session("main")).toMatchObject({ obtainedBy: "store" });
    test.clock.advance(3_600_000);
    await auth.session("main", { validUntil: test.clock.now() + 6.9 * 3_600_000 });
    writeFileSync(key, fresh);
    expect(await test.engine({ store: open() }).session("main")).toMatchObject({ obtainedBy: "store" });
  });

  it("a lost key is told, and nothing is overwritten", async () => {
    await using test = await openTestEnvironment();
    const key = join(test.directory, "store.key");
    const open = (): TokenStore => encrypted(sqliteStore({ directory: join(test.directory, "state") }), keyFile(key));
    await test.engine({ store: open() }).session("main");
    const kept = readFileSync(key, "utf8");
    const codes: string[] = [];
    for (const text of [undefined, `${randomBytes(32).toString("base64")}\n`]) {
      rmSync(key);
      if (text !== undefined) writeFileSync(key, text, { mode: 0o600 });
      codes.push(await codeOf(test.engine({ store: open() }).session("main")));
      writeFileSync(key, kept, { mode: 0o600 });
    }
    expect(codes).toStrictEqual(["store_key_missing", "store_key_wrong"]);
    expect(await test.engine({ store: open() }).session("main")).toMatchObject({ obtainedBy: "store" });
  });

  it.skipIf(process.platform === "win32")(
    "a directory that is a link is refused, and one below it is not",
    async () => {
      await using test = await openTestEnvironment();
      mkdirSync(join(test.directory, "real"));
      symlinkSync(join(test.directory, "real"), join(test.directory, "link"));
      const key = keyFile(join(test.directory, "store.key"));
      const at = (directory: string): TokenStore =>
        encrypted(sqliteStore({ directory: join(test.directory, directory) }), key);
      expect(await codeOf(test.engine({ store: at("link") }).session("main"))).toBe("store_unavailable");
      expect(await codeOf(test.engine({ store: at("link/store") }).session("main"))).toBe("no error");
    },
  );

  it.skipIf(process.platform === "win32")("a key file that others may read is refused", async () => {
    await using test = await openTestEnvironment();
    const key = join(test.directory, "store.key");
    writeFileSync(key, `${randomBytes(32).toString("base64")}\n`, { mode: 0o644 });
    const store = encrypted(sqliteStore({ directory: join(test.directory, "state") }), keyFile(key));
    expect(await codeOf(test.engine({ store }).session("main"))).toBe("store_key_locked");
  });
});

describe("the files for supervisors in docs/deployment.md", () => {
  const units = Object.fromEntries(pieces("ini").map((text) => [text.split("\n")[0]?.slice(2) ?? "", text]));

  it("are units that start the page's programs", () => {
    expect(Object.keys(units)).toStrictEqual(["strategy.service", "morning.service", "morning.timer"]);
    for (const [name, text] of Object.entries(units)) {
      const lines = text.trim().split("\n").slice(1);
      expect(
        lines.filter((line) => !/^(|\[\w+\]|[A-Z]\w+=\S.*)$/.test(line)),
        name,
      ).toStrictEqual([]);
      expect(lines.find((line) => line !== "")).toBe("[Unit]");
    }
    const started = Object.values(units).flatMap((text) => /^ExecStart=\/usr\/bin\/node (.*)$/m.exec(text)?.[1] ?? []);
    expect(started.filter((program) => files[program] === undefined)).toStrictEqual([]);
    expect(started).toHaveLength(2);
  });

  it("keep the strategy down after the code that it ends with for a person", () => {
    const kept = /^RestartPreventExitStatus=(\d+)$/m.exec(units["strategy.service"] ?? "")?.[1];
    expect(files["strategy.ts"]).toContain(`: ${kept}; // ${kept}: do not start me again`);
  });

  it("log in at the time of the daily plan", () => {
    expect(units["morning.timer"]).toContain("08:45 Asia/Kolkata");
    expect(page.section("Before the market opens")).toMatch(/^\| 08:45 +\| `morning\.ts`/m);
  });

  it("include a Dockerfile without faults, which copies the page's programs", () => {
    const [text = "", ...others] = pieces("dockerfile");
    expect(others).toStrictEqual([]);
    expect(validate(text)).toStrictEqual([]);
    const copied = /^COPY (desk\.ts .*) broker-auth\.yaml \.\/$/m.exec(text)?.[1]?.split(" ") ?? [];
    expect(copied.toSorted()).toStrictEqual(Object.keys(files).toSorted());
  });
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : String(error);
  }
}
