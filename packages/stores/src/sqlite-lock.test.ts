import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { LockOptions } from "@x/core";
import { describe, expect, test } from "vitest";
import { SqliteLocks } from "./sqlite-lock.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { program } from "./testing/program.ts";
import { codeOf, key } from "./testing/sample.ts";

const soon: LockOptions = { waitMs: 30 };
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const patient: LockOptions = { waitMs: 20_000 };

/** Takes the lock of the first account when told to, says so, and keeps it until told again. */
const holder = `
  import { createInterface } from "node:readline";
  import { sqliteStore } from "@x/stores/sqlite";
  const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const store = sqliteStore({ directory: process.argv[1] });
  for (;;) {
    console.log("ready");
    if ((await orders.next()).done) break;
    const lock = await store.lock("${key(1)}", { waitMs: 20000 });
    console.log("held");
    if ((await orders.next()).done) break;
    await lock.release();
  }`;

async function takeAndForget(directory: string): Promise<void> {
  await sqliteStore({ directory }).lock(key(1), soon);
  await pause(1);
}

describe("an account's lock", () => {
  test("is free again at once when its holder is killed", async () => {
    const directory = temporaryDirectory();
    const { child, line, tell, ended } = program(holder, directory);
    tell("take");
    expect([await line(), await line()]).toEqual(["ready", "held"]);
    const store = sqliteStore({ directory });
    expect(await codeOf(store.lock(key(1), soon))).toBe("store_busy");
    const waiting = store.lock(key(1), patient);
    child.kill("SIGKILL");
    await ended;
    const died = performance.now();
    await (await waiting).release();
    expect(performance.now() - died).toBeLessThan(1_000);
  });

  test("stays with a holder that does not move", async () => {
    const directory = temporaryDirectory();
    const { child, line, tell } = program(holder, directory);
    tell("take");
    expect([await line(), await line()]).toEqual(["ready", "held"]);
    child.kill("SIGSTOP");
    expect(await codeOf(sqliteStore({ directory }).lock(key(1), { waitMs: 100 }))).toBe("store_busy");
    child.kill("SIGCONT");
  });

  test("stays while nobody refers to it: the garbage collector frees none", async () => {
    const directory = temporaryDirectory();
    await takeAndForget(directory);
    collectGarbage();
    expect(await codeOf(sqliteStore({ directory }).lock(key(1), soon))).toBe("store_busy");
  });

  test("goes from one process to another and back", async () => {
    const directory = temporaryDirectory();
    const { line, tell } = program(holder, directory);
    const store = sqliteStore({ directory });
    expect(await line()).toBe("ready");
    for (let round = 0; round < 5; round++) {
      const ours = await store.lock(key(1), patient);
      tell("take");
      await pause(5);
      await ours.release();
      expect(await line()).toBe("held");
      const next = store.lock(key(1), patient);
      tell("let go");
      await (await next).release();
      expect(await line()).toBe("ready");
    }
  });

  test("is not lost when other instances of this process open and close the same lock", async () => {
    const directory = temporaryDirectory();
    const store = sqliteStore({ directory });
    const lock = await store.lock(key(1), patient);
    for (let other = 0; other < 3; other++) {
      const instance = sqliteStore({ directory });
      expect(await codeOf(instance.lock(key(1), soon))).toBe("store_busy");
      await (await instance.lock(key(2), patient)).release();
      await instance.close();
    }
    const { line, tell } = program(holder, directory);
    tell("take");
    expect(await line()).toBe("ready");
    const held = line();
    expect(await Promise.race([held, pause(200, "still waiting")])).toBe("still waiting");
    await lock.release();
    expect(await held).toBe("held");
  });

  test("does not block the event loop of whoever waits for it", async () => {
    const directory = temporaryDirectory();
    const lock = await sqliteStore({ directory }).lock(key(1), patient);
    const waiting = sqliteStore({ directory }).lock(key(1), patient);
    let turns = 0;
    const until = performance.now() + 200;
    while (performance.now() < until) {
      await new Promise((resolve) => setImmediate(resolve));
      turns += 1;
    }
    await lock.release();
    await (await waiting).release();
    // SQLite's own waiting would leave one or two.
    expect(turns).toBeGreaterThan(50);
  });

  test("comes to the callers of one instance in their order, and passes over those that gave up", async () => {
    const locks = new SqliteLocks(temporaryDirectory());
    const order: string[] = [];
    const gone = new AbortController();
    const first = await locks.lock(key(1), patient);
    const take = async (name: string, options: LockOptions): Promise<void> => {
      const lock = await locks.lock(key(1), options);
      order.push(name);
      await lock.release();
    };
    const waiting = [
      take("second", patient),
      codeOf(take("late", { waitMs: 10 })),
      codeOf(take("gone", { ...patient, signal: gone.signal })),
      take("last", patient),
    ];
    gone.abort();
    expect([await waiting[1], await waiting[2]]).toEqual(["store_busy", "aborted"]);
    await first.release();
    await Promise.all(waiting);
    expect(order).toEqual(["second", "last"]);
  });

  test("can be asked for without any wait", async () => {
    const directory = temporaryDirectory();
    const lock = await new SqliteLocks(directory).lock(key(1), { waitMs: 0 });
    expect(await codeOf(new SqliteLocks(directory).lock(key(1), { waitMs: 0 }))).toBe("store_busy");
    await lock.release();
  });

  test("leaves nothing but an empty file", async () => {
    const directory = temporaryDirectory();
    const locks = new SqliteLocks(directory);
    const lock = await locks.lock(key(1), patient);
    expect(readdirSync(join(directory, "locks"))).toEqual([`${key(1)}.lock`]);
    await lock.release();
    expect(readdirSync(join(directory, "locks"))).toEqual([`${key(1)}.lock`]);
    expect(readFileSync(join(directory, "locks", `${key(1)}.lock`))).toHaveLength(0);
  });

  test("leaves no listener at a signal that lives long", async () => {
    const locks = new SqliteLocks(temporaryDirectory());
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => ((listeners += 1), add(...given));
    signal.removeEventListener = (...given: Parameters<typeof remove>) => ((listeners -= 1), remove(...given));
    const held = await locks.lock(key(1), { ...patient, signal });
    const next = locks.lock(key(1), { ...patient, signal });
    await pause(5);
    await held.release();
    await (await next).release();
    expect(listeners).toBe(0);
  });

  test("is store_corrupt when something else stands in its file", async () => {
    const directory = temporaryDirectory();
    const locks = new SqliteLocks(directory);
    await (await locks.lock(key(1), patient)).release();
    writeFileSync(join(directory, "locks", `${key(1)}.lock`), "a letter to somebody ".repeat(60));
    expect(await codeOf(locks.lock(key(1), patient))).toBe("store_corrupt");
  });
});
