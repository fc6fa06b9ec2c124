import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { type SessionDesk, type SessionHeaders, sessionHeaders } from "./authorization.ts";
import { helperAnswer } from "./credential-helper.ts";
import { openDesk } from "./desk.ts";
import { formats, headersText } from "./headers-text.ts";
import { withStoredSessions } from "./stored-desk.ts";
import { Trial } from "./testing/trial.ts";

type Accounts = Parameters<Trial["configure"]>[0];

/** A user whose home is that of this process too, logged in. */
async function loggedIn(accounts: Accounts = { main: [] }, use: Readonly<Record<string, string>> = {}): Promise<Trial> {
  const trial = await Trial.start();
  trial.configure(accounts, use);
  expect((await trial.run(["login"])).code).toBe(0);
  for (const name of ["HOME", "XDG_RUNTIME_DIR"]) vi.stubEnv(name, trial.env[name]);
  for (const name of ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"])
    vi.stubEnv(name, undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  return trial;
}

const ofMain = (desk: SessionDesk): Promise<SessionHeaders> => sessionHeaders(desk, "main");
const stored = (): Promise<SessionHeaders | undefined> => withStoredSessions({}, ofMain);

describe("a session that lies in the store", { timeout: 120_000 }, () => {
  it("is handed out by what is started and one script, once its record was checked", async () => {
    const trial = await loggedIn();
    const uri = JSON.stringify({ uri: `${trial.sandbox.nubra.url}/userinfo` });
    const before = await trial.run(["headers"]);
    // A copy of the command without the program.
    const folder = mkdtempSync(join(tmpdir(), "ba-stored-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const built = inject("builtCommand");
    mkdirSync(join(folder, "dist"));
    for (const file of ["package.json", "dist/bin.js", "dist/stored-answer.cjs"])
      cpSync(join(built, file), join(folder, file));
    const run = async (...given: Parameters<Trial["run"]>) =>
      trial.run(given[0], { ...given[1], bin: join(folder, "dist/bin.js") });
    // Compiled, and then by what was compiled.
    for (const _ of [1, 2]) {
      const again = await run(["headers"]);
      expect([again.code, again.err, again.out]).toEqual([0, "", before.out]);
    }
    const answer = await run(["get"], { input: uri });
    expect([answer.code, answer.err]).toEqual([0, ""]);
    await trial.run(["logout", "main"]);
    expect((await run(["headers"])).code).toBe(1);
  });

  it("gives byte for byte the answers of the engine, in every format, for an address, a path, a name and an alias", async () => {
    const trial = await loggedIn({ main: [], hedge: [] }, { trading: "hedge" });
    const { nubra, kotakNeo } = trial.sandbox;
    await using desk = await openDesk({});
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    onTestFinished(() => void vi.restoreAllMocks());
    const works: readonly ((one: SessionDesk) => Promise<string>)[] = [
      ...["main", "hedge"].flatMap((name) =>
        formats.map((format) => async (one: SessionDesk) => headersText(format, await sessionHeaders(one, name))),
      ),
      async (one) =>
        JSON.stringify(await sessionHeaders(one, "hedge", { path: "/quick/user/limits", purpose: "quotes" })),
      async (one) => JSON.stringify(await helperAnswer(one, `${nubra.url}/userinfo`, undefined)),
      async (one) => JSON.stringify(await helperAnswer(one, `${kotakNeo.tradingUrl}/quick/user/limits`, "trading")),
    ];
    for (const [place, work] of works.entries()) {
      const answer = await withStoredSessions({}, work);
      const asked = await work(desk);
      expect([place, answer]).toEqual([place, asked]);
    }
  });

  it("is none for whoever has logged out, and for another configuration", async () => {
    const trial = await loggedIn();
    const account = trial.account("main");
    const underConfiguration = async (configuration: object): Promise<SessionHeaders | undefined> => {
      trial.write(configuration);
      // Reads it once, so that it is known for what follows.
      await trial.run(["config", "check"]);
      return stored();
    };
    const main = { ...account, phone: "9876500000" };
    expect(await underConfiguration({ accounts: { main } })).toBeUndefined();
    expect(await underConfiguration({ accounts: { main: { ...account, site: "office" } } })).toBeUndefined();
    expect(await underConfiguration({ accounts: { main: account }, use: { main: "main" } })).toBeUndefined();
    const store = { redis: { url: "redis://127.0.0.1:1" } };
    expect(await underConfiguration({ accounts: { main: account }, store })).toBeUndefined();
    expect(await underConfiguration({ accounts: { main: account } })).toBeDefined();
    await trial.run(["logout", "main"]);
    expect(await stored()).toBeUndefined();
  });

  it.each([
    ["the configuration", ".config/broker-auth/broker-auth.yaml", 0o666],
    ["its folder", ".config/broker-auth", 0o777],
    ["a secret", ".config/broker-auth/secrets/main-mpin", 0o644],
    ["the store's key", ".local/share/broker-auth-keys/store.key", 0o644],
  ])("is none where others may read or change %s: the command says what the engine says", async (_, path, mode) => {
    const trial = await loggedIn();
    expect(await stored()).toBeDefined();
    chmodSync(join(trial.home, path), mode);
    expect(await stored()).toBeUndefined();
    const refused = await trial.run(["headers"]);
    expect(refused.code).toBeGreaterThan(1);
    expect(refused.out).toBe("");
    expect(refused.err).toMatch(/other user|every user/);
  });

  it("is none where the record was altered or is another store's, and the command says so", async () => {
    const trial = await loggedIn();
    expect(await stored()).toBeDefined();
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(trial.home, ".local/state/broker-auth/sessions.db"));
    database.exec("UPDATE records SET expires_at = expires_at + 1 WHERE state = 'logged_in'");
    database.close();
    expect(await stored()).toBeUndefined();
    const refused = await trial.run(["headers"]);
    expect([refused.code, refused.out]).toEqual([5, ""]);
  });

  it("is checked again where the note of it is gone or damaged, and the note tells nothing of it", async () => {
    const trial = await loggedIn();
    const first = await stored();
    const cache = join(trial.home, ".cache/broker-auth");
    const note = join(cache, "checked-records.json");
    expect(readdirSync(cache)).toContain("checked-records.json");
    expect(readFileSync(note, "utf8")).toMatch(/^\["[\w-]{43}"\]$/);
    for (const damage of ["", "{", "{}", '["x"]']) {
      writeFileSync(note, damage);
      expect(await stored()).toEqual(first);
      expect(readFileSync(note, "utf8")).toMatch(/^\["[\w-]{43}"/);
    }
  });
});
