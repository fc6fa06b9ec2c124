import { describe, expect, test, vi } from "vitest";
import { withinTime } from "./deadline.ts";

const over = new Error("over");

describe("work that has so much time", () => {
  test("is not begun where nobody waits for it any more", async () => {
    const work = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("nobody sees this")));
    await expect(withinTime(work, 1_000, () => over, AbortSignal.abort())).rejects.toBe(over);
    expect(work).not.toHaveBeenCalled();
  });

  test("is not waited for once nobody needs it, and may fail unseen after that", async () => {
    const gone = new AbortController();
    const work = Promise.withResolvers<void>();
    const waited = withinTime(
      () => work.promise,
      1_000,
      () => over,
      gone.signal,
    );
    gone.abort();
    await expect(waited).rejects.toBe(over);
    work.reject(new Error("nobody sees this"));
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("that throws at once is a rejection, and leaves no timer and no listener", async () => {
    vi.useFakeTimers();
    const gone = new AbortController();
    const listening = vi.spyOn(gone.signal, "addEventListener");
    const leaving = vi.spyOn(gone.signal, "removeEventListener");
    const thrown = new Error("at once");
    const work = (): never => {
      throw thrown;
    };
    await expect(withinTime(work, 1_000, () => over, gone.signal)).rejects.toBe(thrown);
    await Promise.resolve();
    expect(vi.getTimerCount()).toBe(0);
    expect(leaving).toHaveBeenCalledTimes(listening.mock.calls.length);
    vi.useRealTimers();
  });
});
