import { randomBytes, scryptSync } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { memoryStore, type TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { passphrase } from "@x/stores/passphrase";
import { sqliteStore } from "@x/stores/sqlite";
import { describe, expect, it } from "vitest";
import { openTestEnvironment, type TestEnvironment } from "@x/test-environment";
import { readMarkdown } from "./markdown.ts";
import { type Address, readBody, readHeaders, readKeyFile, recordName } from "./session-reader.ts";

const page = readMarkdown("docs/session-format.md");
const pieces = (language: string): string[] =>
  page.blocks.flatMap((block) => (block.language === language ? [block.text] : []));

type Fields = Readonly<Record<string, unknown>>;

/** A test with both kinds of stores in it, and the addresses of its accounts as the page says that the adapters make them. */
async function openStores(): Promise<
  TestEnvironment & {
    readonly key: string;
    readonly plain: TokenStore;
    readonly sealed: TokenStore;
    readonly main: Address;
    readonly hedge: Address;
  }
> {
  const test = await openTestEnvironment();
  const { directory, sandbox } = test;
  const key = join(directory, "store.key");
  const at = { environment: "sandbox", site: "" };
  return {
    ...test,
    key,
    plain: sqliteStore({ directory: join(directory, "plain"), plaintext: "i-understand" }),
    sealed: encrypted(sqliteStore({ directory: join(directory, "sealed") }), keyFile(key)),
    main: { broker: "nubra", identity: `["9000000001","${sandbox.nubra.url}"]`, ...at },
    hedge: { broker: "kotak-neo", identity: `XY42Z ${sandbox.kotakNeo.loginUrl}`, ...at },
  };
}

/** A request as the page describes it, by a program that knows nothing of the library. */
async function send(body: Fields, nubraUrl: string): Promise<number> {
  const session = body["session"] as { readonly deviceId: string; readonly tokens: Readonly<Record<string, string>> };
  const { tokens } = session;
  const answer =
    body["broker"] === "nubra"
      ? await fetch(`${nubraUrl}/portfolio/holdings`, {
          headers: { Authorization: `Bearer ${tokens["sessionToken"]}`, "x-device-id": session.deviceId },
        })
      : await fetch(`${tokens["baseUrl"]}/portfolio/v1/holdings`, {
          headers: { Auth: tokens["token"] ?? "", Sid: tokens["sid"] ?? "", "neo-fin-key": "neotradeapi" },
        });
  const text = await answer.text();
  return /not_ok/i.test(text) ? 0 : answer.status;
}

/** The paths of all fields, as the page writes them; what is opaque there stays closed. */
function fieldsOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || opaque.has(path)) return [path];
  const inside = Object.entries(value).flatMap(([name, one]) => fieldsOf(one, path === "" ? name : `${path}.${name}`));
  return path === "" ? inside : [path, ...inside];
}

/** Whether a part that is there misses one of its own fields. */
function lacks(body: Fields, path: string): boolean {
  const [last = "", ...above] = path.split(".").toReversed();
  const part = above.toReversed().reduce<unknown>((value, step) => (value as Fields | undefined)?.[step], body);
  return typeof part === "object" && part !== null && !Object.hasOwn(part, last);
}

// The joint attempt has the fields of the open one.
const opaque = new Set(["session.tokens", "pending.login", "ledger.open.joint"]);

/** A store that shows every record that is written through it. */
function watched(store: TokenStore, written: Fields[]): TokenStore {
  return {
    ...store,
    async swap(key, expected, next) {
      written.push(JSON.parse(new TextDecoder().decode(next.body)) as Fields);
      return store.swap(key, expected, next);
    },
  };
}

describe("docs/session-format.md", () => {
  it("is enough to read a session that the library wrote, and to use it at both brokers", async () => {
    await using test = await openStores();
    for (const [store, name, keys] of [
      [test.plain, "plain", () => []],
      [test.sealed, "sealed", () => readKeyFile(test.key)],
    ] as const) {
      const auth = test.engine({ store });
      await auth.loginAll();
      for (const account of ["main", "hedge"] as const) {
        const body = readBody(join(test.directory, name), test[account], keys()) ?? {};
        const session = await auth.session(account);
        expect(body["session"]).toMatchObject({ issuedAt: session.issuedAt, expiresAt: session.expiresAt });
        expect(await send(body, test.sandbox.nubra.url)).toBe(200);
      }
      await auth.close();
      test.clock.advance(30_000);
    }
  });

  it("tells without a key whether there is a newer session", async () => {
    await using test = await openStores();
    const auth = test.engine({ store: test.sealed });
    await auth.session("main");
    const directory = join(test.directory, "sealed");
    const [before] = readHeaders(directory);
    expect(before).toMatchObject({ state: "logged_in", obtained_by: "login" });
    expect(before?.generation).toBe((await auth.session("main")).generation);
    // A login writes a few times.
    expect((before?.revision ?? 0) / 1000 - test.clock.now()).toBeLessThan(1.1);
    expect(before?.expires_at).toBe((await auth.status("main")).expiresAt);
    test.clock.advance(3_600_000);
    await auth.session("main", { validUntil: test.clock.now() + 6.5 * 3_600_000 });
    const [after] = readHeaders(directory);
    expect(after).toMatchObject({ state: "logged_in", obtained_by: "renewal" });
    expect(after?.generation).toBeGreaterThan(before?.generation ?? 0);
    expect(after?.revision).toBeGreaterThan(before?.revision ?? 0);
    await auth.close();
  });

  it("says that nobody has logged in where there is no record", async () => {
    await using test = await openStores();
    await test.engine({ store: test.sealed }).session("main");
    await test.sealed.close();
    expect(readBody(join(test.directory, "sealed"), test.hedge, readKeyFile(test.key))).toBeUndefined();
  });

  it("names every field of a body, and none that does not exist", async () => {
    await using test = await openStores();
    const { sandbox, clock } = test;
    const written: Fields[] = [];
    const fresh = (): TokenStore => watched(memoryStore(), written);
    const person = { main: { phone: "9000000002", mpin: "2468", totpSecret: undefined } };

    const auth = test.engine({ store: fresh(), program: "desk" });
    await auth.loginAll();
    sandbox.nubra.endSessions("main");
    await auth.fetch("main", "/portfolio/holdings");
    // A session that is wanted for longer, and one that nobody can tell from a missing permission.
    clock.advance(3_600_000);
    await auth.session("main", { validUntil: clock.now() + 6.5 * 3_600_000 });
    sandbox.kotakNeo.setScenario("hedge", { name: "forbidden", times: 3 });
    await auth.fetch("hedge", "/quick/user/positions");
    // Credentials that are proved, and a broker that gives no clear answer.
    clock.advance(8 * 3_600_000);
    sandbox.nubra.setScenario("main", { name: "server-error", step: "verifypin", times: 1 });
    await auth.session("main").catch(() => undefined);
    const shared = fresh();
    const refused = test.engine({ store: shared, hedge: { mpin: "999999" } });
    clock.advance(30_000);
    await refused.loginAll();
    // Of a program whose credentials were corrected.
    await test.engine({ store: shared }).unlock("hedge");
    const byHand = test.engine({ store: fresh(), ...person });
    const asked = await byHand.beginLogin("main");
    const handle = asked.kind === "challenge" ? asked.handle : "";
    await byHand.answerLogin("main", handle, { kind: "otp", value: "000000" });
    // An answer that got lost, two factors in one request, a code source that gives wrong codes, and an enrolment that is refused.
    const again = await byHand.beginLogin("main");
    sandbox.nubra.setScenario("sms", { name: "server-error", times: 1 });
    await byHand
      .answerLogin("main", again.kind === "challenge" ? again.handle : "", { kind: "otp", value: "135790" })
      .catch(() => undefined);
    await byHand.login("main", { otp: () => sandbox.nubra.inbox("sms").at(-1)?.code ?? "" });
    await byHand.enableTotp("main", { save: () => undefined });
    let code = 0;
    const sourced = test.engine({ store: fresh(), main: { totpSecret: undefined, totpCode: () => `00000${++code}` } });
    await sourced.loginAll();
    sandbox.nubra.setMpin("sms", "8642");
    await byHand.enableTotp("main", { save: () => undefined }).catch(() => undefined);
    await byHand.unlock("main");

    // The number at the top, and each one beside the fields.
    const said = [
      ...page.text.matchAll(/[Vv]ersion (\d) of\s+the\s+body|other than (\d) is not|^Version (\d) has these/gm),
    ];
    expect(said.flatMap(([, ...numbers]) => numbers.filter(Boolean))).toStrictEqual(["2", "2", "2"]);
    expect(new Set(written.map((body) => body["version"]))).toStrictEqual(new Set([2]));

    const marked = [...page.section("Body").matchAll(/^\| `([^`]+)`( \?)? +\| (\S+)/gm)];
    const documented = marked.map(([, name = ""]) => name);
    const found = new Set(written.flatMap((body) => fieldsOf(body)));
    expect([...found].filter((name) => !documented.includes(name))).toStrictEqual([]);
    // As the page says of each of them.
    const nobodys = ["renewal.expiresAt", "pending.challenge.url"];
    const tokenForms = new Set(page.firstCells("Tokens and headers"));
    const missing = documented.filter((name) => !found.has(name) && !tokenForms.has(name));
    expect(missing).toStrictEqual(nobodys);
    const required = marked.flatMap(([, name = "", optional]) => (optional === undefined ? [name] : []));
    const lacking = written.flatMap((body) => required.filter((name) => lacks(body, name)));
    expect(lacking.filter((name) => !tokenForms.has(name))).toStrictEqual([]);
  });

  it("describes the tokens of both adapters", async () => {
    await using test = await openStores();
    await test.engine({ store: test.plain }).loginAll();
    await test.plain.close();
    for (const account of ["main", "hedge"] as const) {
      const body = readBody(join(test.directory, "plain"), test[account]) ?? {};
      const row = page
        .section("Tokens and headers")
        .split("\n")
        .find((line) => line.startsWith(`| \`${String(body["broker"])}\``));
      const cell = row?.split("|")[2] ?? "";
      const documented = [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
      const session = body["session"] as { readonly tokens: object; readonly tokensVersion: number };
      expect(session.tokensVersion).toBe(1);
      expect(Object.keys(session.tokens).toSorted()).toStrictEqual(documented.toSorted());
    }
  });

  it("has the table as it is in the file, with both numbers", async () => {
    await using test = await openStores();
    await test.engine({ store: test.plain }).session("main");
    await test.plain.close();
    const [sql = "", ...others] = pieces("sql");
    expect(others).toStrictEqual([]);
    const described = new DatabaseSync(":memory:");
    described.exec(sql);
    const real = new DatabaseSync(join(test.directory, "plain/sessions.db"), { readOnly: true });
    expect(tableFacts(real)).toStrictEqual(tableFacts(described));
    for (const pragma of ["application_id", "user_version"]) {
      const value = Object.values(real.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
      expect(page.section("SQLite")).toMatch(new RegExp(`\`PRAGMA ${pragma}\` is ${String(value)}\\b`));
    }
    expect(real.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(page.firstCells("SQLite")).toStrictEqual(
      real
        .prepare("PRAGMA table_info(records)")
        .all()
        .map(({ name }) => name),
    );
    described.close();
    real.close();
  });

  it("has the envelope's bytes where they are", async () => {
    await using test = await openStores();
    await test.engine({ store: test.sealed }).session("main");
    const directory = join(test.directory, "sealed");
    const widths = [...page.section("Envelope").matchAll(/^\| (\d+|n|rest) +\|/gm)].map(([, width = ""]) => width);
    expect(widths).toStrictEqual(["1", "1", "n", "12", "16", "rest"]);
    const database = new DatabaseSync(join(directory, "sessions.db"), { readOnly: true });
    const row = database.prepare("SELECT key, body FROM records WHERE state = 'logged_in'").get();
    database.close();
    const envelope = row?.["body"] as Uint8Array;
    const body = readBody(directory, test.main, readKeyFile(test.key));
    expect([...envelope.subarray(0, 2)]).toStrictEqual([1, 16]);
    expect(envelope.byteLength).toBe(1 + 1 + 16 + 12 + 16 + Buffer.byteLength(JSON.stringify(body)));
    expect(Object.keys(readLabel(directory)).toSorted()).toStrictEqual(page.firstCells("Label").toSorted());
    await test.sealed.close();
  });

  it("binds the header and the revision to the envelope", async () => {
    for (const change of [
      "revision = revision + 1",
      "state = 'login_blocked'",
      "expires_at = expires_at + 1",
      "generation = 7",
      "obtained_by = 'renewal'",
    ]) {
      await using test = await openStores();
      await test.engine({ store: test.sealed }).session("main");
      await test.sealed.close();
      const directory = join(test.directory, "sealed");
      const database = new DatabaseSync(join(directory, "sessions.db"));
      database.exec(`UPDATE records SET ${change} WHERE state = 'logged_in'`);
      database.close();
      expect(() => readBody(directory, test.main, readKeyFile(test.key)), change).toThrow(/authenticate data/);
    }
  });

  it("describes key files with several keys, and keys made from a passphrase", async () => {
    await using test = await openStores();
    const directory = join(test.directory, "sealed");
    await test.engine({ store: test.sealed }).session("main");
    await test.sealed.close();
    writeFileSync(test.key, `# the new one\n${randomBytes(32).toString("base64")}\n${readFileSync(test.key, "utf8")}`);
    expect(readBody(directory, test.main, readKeyFile(test.key))).toHaveProperty("session");

    const phrased = join(test.directory, "phrased");
    const store = encrypted(sqliteStore({ directory: phrased }), passphrase("correct horse battery"));
    test.clock.advance(30_000);
    await test.engine({ store }).session("main");
    await store.close();
    const salt = Buffer.from(String(readLabel(phrased)["salt"]), "base64");
    expect(salt).toHaveLength(16);
    const key = scryptSync("correct horse battery", salt, 32, { N: 131_072, r: 8, p: 1, maxmem: 2 ** 28 });
    expect(readBody(phrased, test.main, [key])).toHaveProperty("session");
  });

  it("shows the files that are there", async () => {
    await using test = await openStores();
    const auth = test.engine({ store: test.plain });
    await auth.session("main");
    const directory = join(test.directory, "plain");
    const name = recordName(test.main);
    expect(readdirSync(directory).toSorted()).toStrictEqual([
      "locks",
      "sessions.db",
      "sessions.db-shm",
      "sessions.db-wal",
    ]);
    expect(readdirSync(join(directory, "locks"))).toStrictEqual([`${name}.lock`]);
    expect(statSync(join(directory, "locks", `${name}.lock`)).size).toBe(0);
    await auth.close();
    // Windows keeps rights elsewhere.
    if (process.platform === "win32") return;
    const modes = ["", "locks", "sessions.db"].map((file) => statSync(join(directory, file)).mode & 0o777);
    expect(modes).toStrictEqual([0o700, 0o700, 0o600]);
  });

  it("has an example of a name that is right", () => {
    const [array = ""] = pieces("text").filter((text) => text.startsWith('["broker-auth/1"'));
    const [, broker = "", environment = "", identity = "", site = ""] = JSON.parse(array) as string[];
    const name = recordName({ broker, environment, identity, site });
    expect(page.section("Name of a record")).toContain(`has the name \`${name}\``);
    expect(JSON.stringify(JSON.parse(array))).toBe(array.trim());
  });
});

function tableFacts(database: DatabaseSync): unknown[] {
  return [database.prepare("PRAGMA table_info(records)").all(), database.prepare("PRAGMA table_list('records')").all()];
}

function readLabel(directory: string): Fields {
  const database = new DatabaseSync(join(directory, "sessions.db"), { readOnly: true });
  const row = database.prepare("SELECT body FROM records WHERE key = ?").get("0".repeat(64));
  database.close();
  const [line = ""] = new TextDecoder().decode(row?.["body"] as Uint8Array).split("\n");
  return JSON.parse(line) as Fields;
}
