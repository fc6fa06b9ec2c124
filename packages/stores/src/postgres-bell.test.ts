import { expect, onTestFinished, test, vi } from "vitest";
import { PostgresBell } from "./postgres-bell.ts";
import { key } from "./testing/sample.ts";

/** A bell over locks that are all held, but for those that are free. */
function openTestEnvironment() {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  onTestFinished(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const free = new Set<string>();
  const looks: (readonly string[])[] = [];
  const state: { failing: boolean; tookMs: number } = { failing: false, tookMs: 0 };
  const bell = new PostgresBell(async (keys) => {
    looks.push(keys);
    if (state.tookMs > 0) await new Promise((resolve) => setTimeout(resolve, state.tookMs));
    if (state.failing) throw new Error("away");
    return new Set(keys.filter((one) => !free.has(one)));
  });
  return { bell, free, looks, state };
}

test("all that a program waits for is looked at by one statement", async () => {
  const { bell, looks } = openTestEnvironment();
  for (let account = 0; account < 20; account++) bell.listen(key(account), () => undefined);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks.map(({ length }) => length)).toEqual([20]);
});

test("a lock that is free rings for each of its waiters, and for nobody else", async () => {
  const { bell, free } = openTestEnvironment();
  const rung = [0, 0, 0];
  const deaf = [1, 1, 2].map((account, waiter) => bell.listen(key(account), () => (rung[waiter] = 1)));
  free.add(key(1));
  await vi.advanceTimersByTimeAsync(20);
  expect(rung).toEqual([1, 1, 0]);
  for (const stop of deaf) stop();
});

test("a wait ends at most an eighth later than it could, and never more than a quarter of a second", async () => {
  const { bell, looks } = openTestEnvironment();
  bell.listen(key(1), () => undefined);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks.length).toBeGreaterThanOrEqual(6);
  const early = looks.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks.length - early).toBeGreaterThan(235);
  expect(looks.length - early).toBeLessThan(300);
  // Somebody who has just come is not kept waiting by those who have waited long.
  const late = looks.length;
  bell.listen(key(2), () => undefined);
  await vi.advanceTimersByTimeAsync(300);
  expect(looks.length - late).toBeGreaterThan(5);
});

test("those who come one after the other put no look off", async () => {
  const { bell, looks } = openTestEnvironment();
  for (let account = 0; account < 100; account++) {
    bell.listen(key(account), () => undefined);
    await vi.advanceTimersByTimeAsync(3);
  }
  expect(looks.length).toBeGreaterThan(10);
});

test("a look that fails is made again, and without waiters there is none", async () => {
  const { bell, free, looks, state } = openTestEnvironment();
  let rung = false;
  const stop = bell.listen(key(1), () => (rung = true));
  state.failing = true;
  await vi.advanceTimersByTimeAsync(50);
  free.add(key(1));
  state.failing = false;
  await vi.advanceTimersByTimeAsync(50);
  expect(rung).toBe(true);
  stop();
  await vi.advanceTimersByTimeAsync(300);
  const before = looks.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks.length).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
});

test("a server that takes long is looked at for a quarter of the time, and after a second at the latest", async () => {
  const { bell, looks, state } = openTestEnvironment();
  const deaf = bell.listen(key(1), () => undefined);
  state.tookMs = 200;
  await vi.advanceTimersByTimeAsync(16_000);
  expect(looks.length).toBeGreaterThanOrEqual(19);
  expect(looks.length).toBeLessThanOrEqual(22);
  state.tookMs = 4_000;
  const before = looks.length;
  await vi.advanceTimersByTimeAsync(50_000);
  expect(looks.length - before).toBeGreaterThanOrEqual(9);
  deaf();
});
