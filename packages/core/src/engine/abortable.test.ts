import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { abortable } from "./abortable.ts";

describe("waiting for shared work", () => {
  it("gives the result or the error of the work, with a signal and without", async () => {
    const failure = new Error("the work failed");
    for (const signal of [undefined, new AbortController().signal]) {
      expect(await abortable(Promise.resolve(7), signal)).toBe(7);
      await expect(abortable(Promise.reject(failure), signal)).rejects.toBe(failure);
    }
  });

  it("ends for the caller whose signal fires, and goes on for the others", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const controller = new AbortController();
    const [leaving, staying] = [
      abortable(promise, controller.signal),
      abortable(promise, new AbortController().signal),
    ];
    const without = abortable(promise, undefined);
    controller.abort(new Error("a reason of the caller's own"));
    await expect(leaving).rejects.toMatchObject({ name: "BrokerAuthError", code: "aborted" });
    resolve("done");
    expect(await staying).toBe("done");
    expect(await without).toBe("done");
  });

  it("does not begin with a signal that has fired already, though the work is long", async () => {
    const never = Promise.withResolvers<never>().promise;
    await expect(abortable(never, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  });

  it("has one listener for a signal, however many wait with it, and leaves none behind, however it ends", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pending = Promise.withResolvers<number>();
    const waits = Array.from({ length: 20 }, async () => abortable(pending.promise, signal));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    pending.resolve(1);
    await Promise.all(waits);
    await abortable(Promise.reject(new Error("failed")), signal).catch(() => undefined);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const ended = abortable(Promise.withResolvers<never>().promise, signal);
    controller.abort();
    await expect(ended).rejects.toMatchObject({ code: "aborted" });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends for all who wait with one signal, and for none whose work is done", async () => {
    const controller = new AbortController();
    const pending = Promise.withResolvers<number>();
    const done = abortable(Promise.resolve(1), controller.signal);
    const waits = Array.from({ length: 3 }, async () => abortable(pending.promise, controller.signal));
    expect(await done).toBe(1);
    controller.abort();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "aborted" });
    // The signal is a new one for who comes later.
    await expect(abortable(pending.promise, controller.signal)).rejects.toMatchObject({ code: "aborted" });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("does not leave a failure of the work unhandled when the caller went first", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const { promise, reject } = Promise.withResolvers<never>();
      await expect(abortable(promise, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
      reject(new Error("too late"));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
