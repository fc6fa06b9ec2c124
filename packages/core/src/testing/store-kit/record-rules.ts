import type { RecordHeader } from "../../contract/token-store.ts";
import type { Rule } from "./test-environment.ts";
import { check, codeOf, key, record, same, sameHeader, sameRecord } from "./sample.ts";

// A write that a client repeats by itself arrives within this.
const echoMs = 100;

export function recordRules(rule: Rule): void {
  rule("has nothing under a key that was never written", async ({ open }) => {
    same(await open().read(key(1)), undefined);
  });

  rule("gives back exactly what was written, to every instance", async ({ open }) => {
    const written = record(41, 2_000);
    check(await open().swap(key(1), 0, written), "the first write was refused");
    sameRecord(await open().read(key(1)), written);
  });

  rule("keeps each state of a header, and its numbers to the last digit", async ({ open }) => {
    const headers: RecordHeader[] = [
      { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" },
      { state: "pending", expiresAt: 0, generation: 1_930_000_000_001, obtainedBy: "renewal" },
      { state: "login_blocked", expiresAt: 1_930_000_000_001, generation: 9_007_199_254_740_991, obtainedBy: "login" },
    ];
    // A record's first revision is the time in microseconds.
    const revisions = [1_930_000_000_001_993, 9_007_199_254_740_990, 9_007_199_254_740_991];
    for (const [account, header] of headers.entries()) {
      const revision = revisions[account] ?? 0;
      const first = record(revision - 1, 10, header);
      const second = record(revision, 10, header);
      same(await open().swap(key(account), 0, first), true);
      same(await open().swap(key(account), revision - 2, second), false);
      same(await open().swap(key(account), revision - 1, second), true);
      sameRecord(await open().read(key(account)), second);
    }
  });

  rule("tells a header alone, where it does, as it tells it with the record", async ({ open }) => {
    const store = open();
    if (store.readHeader === undefined) return;
    same(await store.readHeader(key(1)), undefined);
    for (const [before, header] of [
      [0, { state: "logged_in", generation: 1_930_000_000_001 }],
      [1, { state: "logged_out", expiresAt: 0, generation: 1_930_000_000_002, obtainedBy: "none" }],
    ] satisfies [number, Partial<RecordHeader>][]) {
      const written = record(before + 1, 10, header);
      await open().swap(key(1), before, written);
      sameHeader(await store.readHeader(key(1)), written.header);
    }
    await open().purge(key(1));
    same(await store.readHeader(key(1)), undefined);
  });

  rule("keeps accounts apart", async ({ open }) => {
    const store = open();
    await store.swap(key(1), 0, record(1, 10));
    await store.swap(key(2), 0, record(7, 20));
    sameRecord(await store.read(key(1)), record(1, 10));
    sameRecord(await store.read(key(2)), record(7, 20));
  });

  rule("refuses a first write where there is a record, and leaves it", async ({ open }) => {
    const store = open();
    await store.swap(key(1), 0, record(1, 10));
    same(await open().swap(key(1), 0, record(1, 20)), false);
    sameRecord(await store.read(key(1)), record(1, 10));
  });

  rule("refuses a write that expects another revision, and leaves the record", async ({ open }) => {
    const store = open();
    await store.swap(key(1), 0, record(5, 10));
    for (const expected of [1, 4, 6]) same(await store.swap(key(1), expected, record(7, 20)), false);
    same(await store.swap(key(2), 5, record(6, 20)), false);
    sameRecord(await store.read(key(1)), record(5, 10));
    same(await store.read(key(2)), undefined);
  });

  rule("lets exactly one of many racing writers win each revision", async ({ open }) => {
    const stores = [open(), open(), open()];
    await stores[0]?.swap(key(1), 0, record(1, 100));
    for (let revision = 1; revision <= 20; revision++) {
      const wins = await Promise.all(
        Array.from({ length: 12 }, async (_, writer) =>
          stores[writer % 3]?.swap(key(1), revision, record(revision + 1, 100 + writer)),
        ),
      );
      same(wins.filter(Boolean).length, 1);
      const winner = wins.indexOf(true);
      sameRecord(await open().read(key(1)), record(revision + 1, 100 + winner));
    }
  });

  rule("lets exactly one of many first writers win", async ({ open }) => {
    const stores = [open(), open(), open()];
    const wins = await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => stores[writer % 3]?.swap(key(1), 0, record(1, 100 + writer))),
    );
    same(wins.filter(Boolean).length, 1);
    sameRecord(await open().read(key(1)), record(1, 100 + wins.indexOf(true)));
  });

  rule("is not changed through what it was given or gave out", async ({ open }) => {
    const store = open();
    const given = record(1, 50);
    await store.swap(key(1), 0, given);
    given.body.fill(0);
    (await store.read(key(1)))?.body.fill(9);
    sameRecord(await store.read(key(1)), record(1, 50));
  });

  rule("keeps records of 100 kB and of no bytes", async ({ open }) => {
    await open().swap(key(1), 0, record(1, 100_000));
    await open().swap(key(2), 0, record(1, 0));
    sameRecord(await open().read(key(1)), record(1, 100_000));
    sameRecord(await open().read(key(2)), record(1, 0));
  });

  rule("lists the keys of its records, and of nothing else", async ({ open }) => {
    const store = open();
    for (const account of [1, 2, 3]) await store.swap(key(account), 0, record(1, 10));
    await store.purge(key(3));
    const lock = await store.lock(key(4), { waitMs: 1_000 });
    const keys: string[] = [];
    for await (const found of open().keys()) keys.push(found);
    await lock.release();
    same(keys.length, 2);
    same(new Set(keys).size, 2);
  });

  rule("forgets a purged record, and takes a new one after it", async ({ open }) => {
    const store = open();
    await store.swap(key(1), 0, record(3, 10));
    await open().purge(key(1));
    same(await store.read(key(1)), undefined);
    same(await store.swap(key(1), 3, record(4, 10)), false);
    same(await store.swap(key(1), 0, record(9, 10)), true);
    await store.purge(key(2));
  });

  // A client that repeats a command by itself would bring back what somebody has taken away since.
  rule("makes each write once: what was purged stays away", async ({ open, wait }) => {
    const store = open();
    await store.swap(key(1), 0, record(1, 10));
    await open().purge(key(1));
    await wait(echoMs);
    same(await store.read(key(1)), undefined);
  });

  rule("goes on after it was closed, with what it had kept", async ({ open }) => {
    const store = open();
    await store.swap(key(1), 0, record(1, 10));
    await store.close();
    sameRecord(await store.read(key(1)), record(1, 10));
    same(await store.swap(key(1), 1, record(2, 10)), true);
    await (await store.lock(key(1), { waitMs: 1_000 })).release();
    await store.close();
    same(await codeOf(store.close()), "no error");
  });
}

/** A record has no time to live: attempts and used TOTP steps outlive the session. */
export const keptMs = 4_000;
