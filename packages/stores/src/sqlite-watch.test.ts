import { describe, expect, test, vi } from "vitest";
import { sqliteStore } from "./sqlite-store.ts";
import { SqliteWatch, type Watched } from "./sqlite-watch.ts";
import { place } from "./testing/place.ts";
import { key, record } from "./testing/sample.ts";

interface Fake extends Watched {
  version: number;
  at: number;
  broken: boolean;
}

function records(): Fake {
  const guard = (): void => {
    if (fake.broken) throw new Error("the disk is away");
  };
  const fake: Fake = {
    version: 1,
    at: 1,
    broken: false,
    dataVersion: () => (guard(), fake.version),
    revision: () => (guard(), fake.at),
  };
  return fake;
}

describe("a watch", () => {
  test("has a timer only while somebody watches", () => {
    vi.useFakeTimers();
    const watch = new SqliteWatch(records());
    const ends = [watch.add(key(1), () => undefined), watch.add(key(2), () => undefined)];
    expect(vi.getTimerCount()).toBe(1);
    for (const end of ends) end();
    expect(vi.getTimerCount()).toBe(0);
    watch.add(key(1), () => undefined);
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test("tells every change once, and nothing where another record changed", () => {
    vi.useFakeTimers();
    const fake = records();
    const watch = new SqliteWatch(fake);
    const heard: number[] = [];
    watch.add(key(1), (revision) => heard.push(revision));
    fake.version = 2;
    vi.advanceTimersByTime(200);
    expect(heard).toEqual([]);
    Object.assign(fake, { version: 3, at: 2 });
    vi.advanceTimersByTime(200);
    watch.wrote(key(1), 2);
    watch.wrote(key(2), 7);
    watch.wrote(key(1), 3);
    expect(heard).toEqual([2, 3]);
    watch.stop();
    vi.useRealTimers();
  });

  test("begins where the store cannot be read yet, and outlives a time in which it cannot", () => {
    vi.useFakeTimers();
    const fake = records();
    fake.broken = true;
    const watch = new SqliteWatch(fake);
    const heard: number[] = [];
    watch.add(key(1), (revision) => heard.push(revision));
    vi.advanceTimersByTime(100);
    fake.broken = false;
    vi.advanceTimersByTime(100);
    Object.assign(fake, { broken: true, version: 2, at: 2 });
    vi.advanceTimersByTime(100);
    fake.broken = false;
    vi.advanceTimersByTime(100);
    expect(heard).toEqual([1, 2]);
    watch.stop();
    vi.useRealTimers();
  });

  test("that was ended twice does not end another one of the same record", () => {
    const watch = new SqliteWatch(records());
    const heard: number[] = [];
    const changed = (revision: number): void => void heard.push(revision);
    const end = watch.add(key(1), changed);
    end();
    watch.add(key(1), changed);
    end();
    watch.wrote(key(1), 5);
    expect(heard).toEqual([5]);
    watch.stop();
  });

  test("that throws spoils neither the write it is told of nor other watches", async () => {
    const store = sqliteStore({ directory: place(), plaintext: "i-understand" });
    const heard: number[] = [];
    store.watch?.(key(1), () => {
      throw new Error("a broken watcher");
    });
    store.watch?.(key(1), (revision) => heard.push(revision));
    expect(await store.swap(key(1), 0, record(1))).toBe(true);
    await store.purge(key(1));
    expect(heard).toEqual([1, 0]);
    await store.close();
  });
});
