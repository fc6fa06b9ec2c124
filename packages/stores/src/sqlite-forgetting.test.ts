import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createBrokerAuth, type TokenStore } from "@x/core";
import { nubra } from "@x/nubra";
import { demoAccounts, startSandbox } from "@x/sandbox";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { sqliteStore } from "./sqlite-store.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { program } from "./testing/program.ts";
import { key, record } from "./testing/sample.ts";

const open = (directory: string): TokenStore => {
  const store = sqliteStore({ directory, plaintext: "i-understand" });
  onTestFinished(() => store.close());
  return store;
};

/** The files of a directory that hold a text, each as a whole. */
function holding(directory: string, text: string): string[] {
  const paths = readdirSync(directory, { recursive: true }).map(String);
  return paths.filter(
    (path) => statSync(join(directory, path)).isFile() && readFileSync(join(directory, path)).includes(text),
  );
}

const out = { state: "logged_out", expiresAt: 0, obtainedBy: "none" } as const;
const token = (id: number): string => `token-${String(id).padStart(6, "0")}-`;

describe("the tokens of a session", () => {
  test("are in no file of the store after a logout, while programs still have it open, nor after a purge", async () => {
    const [directory, sandbox] = [temporaryDirectory(), await startSandbox()];
    onTestFinished(() => sandbox.close());
    const [account] = demoAccounts.nubra;
    if (account === undefined) throw new Error("the sandbox has no account");
    const { phone, mpin, totpSecret } = account;
    const login = {
      broker: "nubra",
      phone,
      mpin,
      totpSecret,
      environment: "sandbox",
      baseUrl: sandbox.nubra.url,
    } as const;
    // A clock that waits by jumping: each login takes a TOTP step of its own.
    const clock = { now: () => sandbox.clock.now(), sleep: async (ms: number) => sandbox.clock.advance(ms) };
    const engine = () =>
      createBrokerAuth({ brokers: [nubra()], accounts: { main: login }, store: open(directory), clock });
    const auth = engine();
    const end: Readonly<Record<string, () => Promise<unknown>>> = {
      logout: () => auth.logout("main"),
      purge: () => auth.purge("main"),
    };
    for (const [name, work] of Object.entries(end)) {
      const { authorization = "" } = await auth.headers("main");
      const bearer = authorization.replace(/^Bearer /i, "");
      expect(bearer.length, name).toBeGreaterThan(20);
      expect(await engine().headers("main"), name).toMatchObject({ authorization });
      expect(holding(directory, bearer), name).not.toEqual([]);
      await work();
      expect(holding(directory, bearer), name).toEqual([]);
    }
  });

  test("leave with their record whatever else was written before, between and in the same pages", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 1, maxLength: 40 });
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 12_000 })), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(sizes, steps, fc.boolean(), async (first, then, purged) => {
        const directory = temporaryDirectory();
        const store = open(directory);
        const revisions = new Map<number, number>();
        const tokens = new Map<number, Set<string>>();
        let made = 0;
        const logIn = async (account: number, bytes: number): Promise<void> => {
          const own = token(made++);
          const revision = revisions.get(account) ?? 0;
          await store.swap(key(account), revision, record(revision + 1, `{"token":"${own.repeat(5 + bytes / 13)}"}`));
          revisions.set(account, revision + 1);
          tokens.set(account, (tokens.get(account) ?? new Set()).add(own));
        };
        for (const [account, bytes] of first.entries()) await logIn(account, bytes);
        for (const [account, bytes] of then) await logIn(account, bytes);
        for (const [account, own] of tokens) {
          const revision = revisions.get(account) ?? 0;
          if (purged) await store.purge(key(account));
          else await store.swap(key(account), revision, record(revision + 1, "{}", out));
          for (const text of own) expect(holding(directory, text), `${text} of ${account}`).toEqual([]);
        }
        await store.close();
      }),
      { seed: 20_310_303, numRuns: 8 },
    );
  });

  test("leave the disk although another process is at work in the store", async () => {
    const directory = temporaryDirectory();
    const { line, child } = program(
      `import { sqliteStore } from "@x/stores/sqlite";
       const store = sqliteStore({ directory: process.argv[1], plaintext: "i-understand" });
       let raised = 0;
       for (;;) {
         const found = await store.read("${key(2)}");
         const revision = found?.revision ?? 0;
         await store.swap("${key(2)}", revision, { revision: revision + 1, header: ${JSON.stringify(record(1).header)}, body: Buffer.from("theirs") });
         if (++raised === 20) console.log("busy");
       }`,
      directory,
    );
    const store = open(directory);
    expect(await line()).toBe("busy");
    for (let round = 0; round < 20; round++) {
      const text = token(round);
      const revision = (await store.read(key(1)))?.revision ?? 0;
      await store.swap(key(1), revision, record(revision + 1, text.repeat(200)));
      await store.swap(key(1), revision + 1, record(revision + 2, "{}", out));
      expect(holding(directory, text)).toEqual([]);
    }
    child.kill("SIGKILL");
  });
});

describe("a write that takes nothing away", () => {
  test("leaves the log as it is: only a record that lost as much as a session is costs more than one flush", async () => {
    const directory = temporaryDirectory();
    const store = open(directory);
    const log = (): number => statSync(join(directory, "sessions.db-wal")).size;
    await store.swap(key(1), 0, record(1, "x".repeat(500), out));
    const before = log();
    await store.swap(key(1), 1, record(2, "x".repeat(600), out));
    await store.swap(key(1), 2, record(3, "x".repeat(700)));
    await store.swap(key(1), 3, record(4, "x".repeat(650)));
    expect(log()).toBeGreaterThan(before);
    await store.swap(key(1), 4, record(5, "x".repeat(600), out));
    expect(log()).toBeGreaterThan(before);
    await store.swap(key(1), 5, record(6, "x".repeat(536), out));
    expect(log()).toBe(0);
  });
});
