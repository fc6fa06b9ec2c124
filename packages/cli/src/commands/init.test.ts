import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Screen } from "../testing/screen.ts";
import { isInstalled, Trial } from "../testing/trial.ts";

const terminal = isInstalled("tmux");
const [phone, mpin, totpSecret] = ["9000000001", "1357", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"];

describe("broker-auth init", { timeout: 240_000 }, () => {
  it.skipIf(!terminal)("init, login, status: a new user's first session, with nothing to read in between", async () => {
    const trial = await Trial.start();
    const set = ["--set", "environment=sandbox", `baseUrl=${trial.sandbox.nubra.url}`];
    const init = new Screen(trial, ["init", ...set], { columns: 100 });
    await init.shows("Which broker");
    await init.press("Enter");
    await init.shows("A name for this account");
    await init.press("Enter");
    await init.shows("mobile number");
    await init.type("12");
    expect(await init.shows("It must be ten digits")).not.toContain("phone:");
    await init.press("C-u");
    await init.type(phone);
    await init.shows("MPIN");
    await init.type(mpin);
    await init.shows("Base32");
    await init.type(totpSecret);
    const seen = await init.shows(/\[ended 0\]/);
    expect(seen).toMatch(/✓ main \(nubra\) stands in .*broker-auth\.yaml/);
    expect(seen).toMatch(/Next: broker-auth login main/);
    expect(seen).not.toContain(totpSecret);
    expect(seen).not.toMatch(new RegExp(`\\b${mpin}\\b`));
    expect((await trial.run(["login", "main"])).code).toBe(0);
    expect((await trial.run(["status"])).out).toMatch(/main .* logged in/);
  });

  it.skipIf(!terminal).each([60, 80, 120])(
    "a question and a refusal in a terminal of %i columns go on below their own words",
    async (columns) => {
      const trial = await Trial.start();
      const screen = new Screen(trial, ["init", "--broker", "nubra"], { columns, rows: 50 });
      await screen.shows("A name for this account");
      await screen.press("Enter");
      await screen.shows("mobile number");
      await screen.type("12");
      await screen.shows("It must be ten digits");
      await screen.press("C-u");
      await screen.type(phone);
      await screen.shows("MPIN");
      await screen.press("Enter");
      await screen.shows("Base32");
      await screen.type("JBSW");
      const seen = await screen.shows("It is too short");
      expect(seen.replaceAll(/\s+/g, " ")).toContain("(leave it empty to be asked at each login)");
      expect(seen.split("\n").filter((line) => !/^(?:[│◇◆▲└](?: {2}|$)| {3}\S)/.test(line))).toEqual([]);
    },
  );

  it("takes the answers from a pipe, keeps secrets in files of their own, and everything for this user alone", async () => {
    const trial = await Trial.start();
    const args = [
      "init",
      "--broker",
      "nubra",
      "--stdin",
      "--set",
      "environment=sandbox",
      `baseUrl=${trial.sandbox.nubra.url}`,
    ];
    const { code, out } = await trial.run(args, { input: `${phone}\n${mpin}\n${totpSecret}\n` });
    expect(code).toBe(0);
    const yaml = readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8");
    for (const secret of [phone, mpin, totpSecret]) expect(`${yaml}${out}`).not.toMatch(new RegExp(`\\b${secret}\\b`));
    expect(yaml).toMatch(/phone: \{ file: secrets\/main-phone \} # Registered mobile number/);
    for (const entry of readdirSync(trial.folder, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600]);
    }
    const key = join(trial.home, ".local/share/broker-auth-keys/store.key");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(trial.folder, "schema.json"), "utf8"))).toMatchObject({
      title: "Broker accounts",
    });
  });

  it("adds a second account and leaves the comments and the first one as they are", async () => {
    const trial = await Trial.start();
    await trial.run(["init", "--broker", "nubra", "--from-env"]);
    const path = join(trial.folder, "broker-auth.yaml");
    const before = readFileSync(path, "utf8");
    const { code } = await trial.run(["init", "--broker", "kotak-neo", "--account", "hedge", "--from-env"]);
    expect(code).toBe(0);
    const after = readFileSync(path, "utf8").split("\n");
    expect(before.split("\n").filter((line) => !after.includes(line))).toEqual([]);
    expect(after.join("\n")).toMatch(
      /hedge:\n {4}broker: kotak-neo # [^\n]+\n {4}accessToken: \{ env: KOTAK_NEO_ACCESS_TOKEN \}/,
    );
    const twice = await trial.run(["init", "--broker", "nubra", "--account", "main", "--from-env"]);
    expect([twice.code, twice.err]).toEqual([
      2,
      expect.stringContaining("there is an account of the name main already"),
    ]);
    expect(readFileSync(path, "utf8").split("\n")).toEqual(after);
  });

  it("refuses a name that is taken before it asks for anything, and says where that account stands", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const { code, err } = await trial.run(["init", "--broker", "nubra", "--account", "main", "--stdin"]);
    expect(code).toBe(2);
    expect(err).toContain("there is an account of the name main already; correct it in ");
    expect(err).toContain("broker-auth.yaml");
  });

  it("says of an account from the environment which variables are to be set, and what a login will ask for", async () => {
    const trial = await Trial.start();
    const init = ["init", "--broker", "kotak-neo", "--account", "hedge", "--from-env"];
    const { out } = await trial.run(init, { env: { KOTAK_NEO_UCC: "XY42Z", KOTAK_NEO_MPIN: "246810" } });
    expect(out).toContain("  Set KOTAK_NEO_ACCESS_TOKEN, KOTAK_NEO_MOBILE_NUMBER in the environment,");
    expect(out).toContain("Left out, because not set: totpSecret: { env: KOTAK_NEO_TOTP_SECRET }.");
  });

  it.each([
    [["init"], 3, "broker-auth: the broker is missing, and there is no terminal to ask at"],
    [["init", "--broker", "nubra"], 3, "broker-auth: the registered mobile number is missing"],
    [["init", "--broker", "nubra", "--stdin"], 3, "broker-auth: the registered mobile number is missing"],
    [["init", "--broker", "angel-one"], 3, "broker-auth: the API key of the app at smartapi.angelone.in is missing"],
    [["init", "--broker", "nubar"], 2, "broker-auth: --broker takes nubra, kotak-neo, zerodha or angel-one"],
    [
      ["init", "--broker", "nubra", "--set", "mpin=1357"],
      2,
      "broker-auth: mpin is secret, and every user of this machine can read a command line",
    ],
    [["init", "--broker", "nubra", "--set", "colour=red"], 2, "broker-auth: --set takes NAME=VALUE with"],
    [
      ["init", "--broker", "nubra", "--from-env", "--set", "environment=live"],
      2,
      "broker-auth: environment takes production, uat or sandbox",
    ],
    [["--config", "x.json", "init"], 2, "broker-auth: init writes YAML"],
    [
      ["init", "--broker", "nubra", "--from-env", "--account", "a b"],
      2,
      "broker-auth: --account takes letters, digits",
    ],
    [
      ["init", "--broker", "nubra", "--from-env", "--account", "../x"],
      2,
      "broker-auth: --account takes letters, digits",
    ],
  ])("%j without a terminal ends with %i and says in words what is missing or wrong", async (args, expected, words) => {
    const trial = await Trial.start();
    const { code, out, err } = await trial.run(args);
    expect([code, out]).toEqual([expected, ""]);
    expect(err).toContain(words);
    expect(err).not.toContain("1357");
    expect(existsSync(trial.folder)).toBe(false);
  });

  it.each([
    ["nubra", "12", "the registered mobile number must be ten digits"],
    ["nubra", `${phone}\n12`, "the MPIN must be 4 to 6 digits"],
    ["nubra", `${phone}\n${mpin}\nJBSW`, "the Base32 secret of the TOTP registration is too short"],
    ["kotak-neo", "token\n12", "the registered mobile number must be ten digits"],
  ])("a line for %s that will not do is told by what it is: %j", async (broker, input, words) => {
    const trial = await Trial.start();
    const { code, err } = await trial.run(["init", "--broker", broker, "--stdin"], { input });
    expect([code, existsSync(trial.folder)]).toEqual([2, false]);
    expect(err).toContain(`broker-auth: ${words}`);
  });

  it.each(["baseUrl=http://127.0.0.1:1/path", "baseUrl=x"])(
    "%s is checked before anything is written",
    async (pair) => {
      const trial = await Trial.start();
      const args = ["init", "--broker", "nubra", "--stdin", "--set", "environment=sandbox", pair];
      const { code, err } = await trial.run(args, { input: `${phone}\n${mpin}\n${totpSecret}\n` });
      expect([code, existsSync(trial.folder)]).toEqual([2, false]);
      expect(err).toMatch(/^broker-auth: baseUrl (?:must be|is) /);
    },
  );
});
