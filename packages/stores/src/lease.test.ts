import type { RecordKey } from "@x/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type LeaseBell, Leases, type LeaseSteps } from "./lease.ts";
import { codeOf, key } from "./testing/sample.ts";

const leaseMs = 30_000;

/** A server with one lock, whose answers can be bent. */
function openTestEnvironment(bent: Partial<LeaseSteps> = {}, bell: LeaseBell = { listen: () => () => undefined }) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let holder: string | undefined;
  const renewals: number[] = [];
  const steps = {
    take: async (_key: RecordKey, token: string, _signal?: AbortSignal): Promise<number> => {
      if (holder !== undefined && holder !== token) return leaseMs;
      holder = token;
      return 0;
    },
    renew: async (_key: RecordKey, token: string): Promise<boolean> => {
      renewals.push(performance.now());
      return holder === token;
    },
    release: async (_key: RecordKey, token: string): Promise<void> => {
      if (holder === token) holder = undefined;
    },
    ...bent,
  };
  const leases = new Leases(steps, { leaseMs, place: "the server", bell });
  return { leases, steps, renewals, forget: () => (holder = undefined), holder: () => holder };
}

describe("a lease", () => {
  test("is renewed every third of it for as long as it is held, and not after that", async () => {
    const { leases, renewals } = openTestEnvironment();
    const lock = await leases.lock(key(1), { waitMs: 0 });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(renewals).toHaveLength(10);
    expect(lock.lost?.aborted).toBe(false);
    await lock.release();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(renewals).toHaveLength(10);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is lost when the server no longer knows it", async () => {
    const { leases, forget } = openTestEnvironment();
    const lock = await leases.lock(key(1), { waitMs: 0 });
    forget();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lock.lost?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is lost before its end where it could not be renewed, and outlives one renewal that failed", async () => {
    let fails = 1;
    const { leases } = openTestEnvironment({
      renew: async () => {
        if (fails-- > 0) throw new Error("away");
        return true;
      },
    });
    const lock = await leases.lock(key(1), { waitMs: 0 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lock.lost?.aborted).toBe(false);
    fails = Number.POSITIVE_INFINITY;
    await vi.advanceTimersByTimeAsync(leaseMs - 1);
    expect(lock.lost?.aborted).toBe(true);
  });

  test("is lost in a process that was held still, before any timer has run", async () => {
    const { leases } = openTestEnvironment();
    const lock = await leases.lock(key(1), { waitMs: 0 });
    const before = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(before + leaseMs);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(lock.lost?.aborted).toBe(true);
  });

  test("counts from before it was asked for: one that came too late is not held", async () => {
    let slow = true;
    const { leases, holder } = openTestEnvironment({
      take: async () => {
        if (slow) await new Promise((resolve) => setTimeout(resolve, leaseMs));
        slow = false;
        return 0;
      },
    });
    const taken = leases.lock(key(1), { waitMs: 120_000 });
    await vi.advanceTimersByTimeAsync(leaseMs + 1_000);
    const lock = await taken;
    expect(lock.lost?.aborted).toBe(false);
    await lock.release();
    expect(holder()).toBeUndefined();
  });

  test.each([
    ["nobody needs it any more", 120_000, false, "aborted"],
    ["its caller's time is over", 1_000, true, "store_busy"],
  ])("that came too late is let go where %s by then", async (_, waitMs, needed, code) => {
    let asked = false;
    const { leases, holder, steps } = openTestEnvironment();
    const { take } = steps;
    steps.take = async (...lock) => {
      asked = true;
      await new Promise((resolve) => setTimeout(resolve, leaseMs));
      return take(...lock);
    };
    const failed = codeOf(leases.lock(key(1), { waitMs, needed: async () => !asked || needed }));
    await vi.advanceTimersByTimeAsync(leaseMs + 1_000);
    expect(await failed).toBe(code);
    expect(holder()).toBeUndefined();
  });

  test("that was told as failed is let go: it may have been taken all the same", async () => {
    const released: string[] = [];
    const { leases } = openTestEnvironment({
      take: async () => {
        throw new Error("no answer");
      },
      release: async (_key, token) => void released.push(token),
    });
    await expect(leases.lock(key(1), { waitMs: 0 })).rejects.toThrow("no answer");
    expect(released).toHaveLength(1);
  });

  test("that many wait for in one program is looked at by the first of them only, and goes from one to the next at once", async () => {
    const asked: string[] = [];
    const { leases, steps, holder } = openTestEnvironment();
    const { take } = steps;
    await take(key(1), "another program's");
    steps.take = async (account, token) => (asked.push(token), take(account, token));
    const gone = new AbortController();
    const order: number[] = [];
    const waits = Array.from({ length: 200 }, async (_, place) => {
      const lock = await leases.lock(key(1), {
        waitMs: 60_000,
        ...(place === 7 ? { signal: gone.signal } : {}),
        ...(place % 2 === 0 ? { needed: async () => true } : {}),
      });
      order.push(place);
      await lock.release();
    });
    const outcomes = Promise.all(waits.map(codeOf));
    await vi.advanceTimersByTimeAsync(2_000);
    gone.abort();
    expect(new Set(asked).size).toBe(1);
    await steps.release(key(1), "another program's");
    await vi.advanceTimersByTimeAsync(100);
    expect((await outcomes).filter((code) => code !== "no error")).toEqual(["aborted"]);
    expect(order).toEqual(Array.from({ length: 200 }, (_, place) => place).filter((place) => place !== 7));
    expect(holder()).toBeUndefined();
  });

  test("that was lost is no more in the way of the next one in its program, whether its holder lets it go or not", async () => {
    const { leases, forget } = openTestEnvironment();
    const lost = await leases.lock(key(1), { waitMs: 0 });
    const next = leases.lock(key(1), { waitMs: 60_000 });
    forget();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lost.lost?.aborted).toBe(true);
    const lock = await next;
    await lost.release();
    expect(lock.lost?.aborted).toBe(false);
    const third = codeOf(leases.lock(key(1), { waitMs: 0 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(await third).toBe("store_busy");
    await lock.release();
  });

  test("that no bell tells of is looked at every thirtieth part of the wait, and less often the more wait for it in a program", async () => {
    let looks = 0;
    const { leases } = openTestEnvironment({ take: async () => ((looks += 1), leaseMs) });
    const waits = [codeOf(leases.lock(key(1), { waitMs: 60_000 }))];
    await vi.advanceTimersByTimeAsync(600);
    expect(looks).toBeGreaterThan(25);
    expect(looks).toBeLessThan(60);
    waits.push(...Array.from({ length: 199 }, (_, account) => codeOf(leases.lock(key(account), { waitMs: 59_400 }))));
    const before = looks;
    await vi.advanceTimersByTimeAsync(4_000);
    // Each begins with shorter ones.
    expect(looks - before).toBeLessThan(6_500);
    await vi.advanceTimersByTimeAsync(56_000);
    expect(new Set(await Promise.all(waits))).toEqual(new Set(["store_busy"]));
  });

  test("is taken at the bell's ring, and looked at by itself twice a second where no ring comes for long", async () => {
    let looks = 0;
    const rings: (() => void)[] = [];
    const { leases } = openTestEnvironment(
      { take: async () => ((looks += 1), leaseMs) },
      { listen: (_key, rung) => (rings.push(rung), () => undefined) },
    );
    const waiting = codeOf(leases.lock(key(1), { waitMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(20_000);
    looks = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(looks).toBeGreaterThan(48);
    expect(looks).toBeLessThan(96);
    const before = looks;
    for (const rung of rings) rung();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await waiting).toBe("store_busy");
  });

  test("that others may have brought is not looked for before the bell has begun to hear, and once for it then", async () => {
    let looks = 0;
    const rings: (() => void)[] = [];
    const bell = {
      hears: "soon" as LeaseBell["hears"],
      listen: (_key: RecordKey, rung: () => void) => (rings.push(rung), () => undefined),
    };
    const { leases } = openTestEnvironment({ take: async () => ((looks += 1), leaseMs) }, bell);
    const waiting = codeOf(leases.lock(key(1), { waitMs: 60_000, needed: async () => true }));
    await vi.advanceTimersByTimeAsync(400);
    expect([rings.length, looks]).toStrictEqual([1, 0]);
    bell.hears = "now";
    for (const rung of rings) rung();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await waiting).toBe("store_busy");
  });

  test("that others may have brought is not looked for where the bell looks for all, before it rings", async () => {
    let looks = 0;
    const rings: (() => void)[] = [];
    const { leases } = openTestEnvironment(
      { take: async () => ((looks += 1), 0) },
      { looks: true, listen: (_key, rung) => (rings.push(rung), () => undefined) },
    );
    const taking = leases.lock(key(1), { waitMs: 60_000, needed: async () => true });
    await vi.advanceTimersByTimeAsync(2_000);
    expect([rings.length, looks]).toStrictEqual([1, 0]);
    for (const rung of rings) rung();
    await (await taking).release();
    expect(looks).toBe(1);
  });

  test("is looked for all the same where the bell takes long to begin", async () => {
    let looks = 0;
    const { leases } = openTestEnvironment(
      { take: async () => ((looks += 1), leaseMs) },
      { hears: "soon" as LeaseBell["hears"], listen: () => () => undefined },
    );
    const waiting = codeOf(leases.lock(key(1), { waitMs: 60_000, needed: async () => true }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks).toBeGreaterThan(10);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await waiting).toBe("store_busy");
  });

  test("that many wait for is asked for by each every five seconds only, where the bell looks for all of them", async () => {
    let looks = 0;
    const rings: (() => void)[] = [];
    const { leases } = openTestEnvironment(
      // The end of the lease is seen by the bell.
      { take: async () => ((looks += 1), 500) },
      { looks: true, listen: (_key, rung) => (rings.push(rung), () => undefined) },
    );
    const waiting = codeOf(leases.lock(key(1), { waitMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(50_000);
    expect(looks).toBeGreaterThan(6);
    expect(looks).toBeLessThan(22);
    const before = looks;
    for (const rung of rings) rung();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(before + 1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await waiting).toBe("store_busy");
  });
});
