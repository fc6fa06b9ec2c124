import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { Secret } from "../contract/secret.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { testContext } from "../testing/test-context.ts";
import { totpCode } from "./totp-code.ts";
import { parseTotpSecret } from "./totp-secret.ts";
import { takeTotpCode } from "./totp.ts";
import { totpPeriodMs } from "./totp-steps.ts";

const seed = 20310303;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// 32 characters, the length that brokers give; the key of RFC 6238's test vectors.
const rfcSecret = new Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
const startAt = Date.UTC(2031, 2, 3, 3, 30);
const startStep = startAt / totpPeriodMs;

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
}

/** RFC 6238 once more, from Node's own HMAC. */
function independentCode(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest[19] ?? 0) % 16;
  return String((digest.readUInt32BE(offset) % 2 ** 31) % 1_000_000).padStart(6, "0");
}

const rfcKey = Buffer.from("12345678901234567890");
// From 80 bits up to the 512 that the HMAC's block holds.
const keys = fc.uint8Array({ minLength: 10, maxLength: 64 });

/** The first millisecond from `now` on, found by looking at each step, at which a code of an unused step may leave. */
function soonestMoment(now: number, lastTotpStep: number): number {
  for (let step = Math.floor(now / totpPeriodMs); ; step++) {
    const earliest = Math.max(now, step * totpPeriodMs + 1_000);
    if (step > lastTotpStep && earliest <= step * totpPeriodMs + 27_000) return earliest;
  }
}

describe("a code", () => {
  // RFC 6238 appendix B, SHA-1, the last six of the eight digits.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at second %d is the one that RFC 6238 gives", async (second, code) => {
    expect(await totpCode(rfcSecret, Math.floor(second / 30))).toBe(code);
  });

  it("equals an independent implementation for every key and step", async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 0, max: 2 ** 33 }), async (key, step) => {
        const secret = parseTotpSecret(base32(key), "totpSecret", "nubra");
        expect(await totpCode(secret, step)).toBe(independentCode(key, step));
      }),
      { seed, numRuns: 300 },
    );
  });

  it("keeps its leading zeros", async () => {
    const steps = Array.from({ length: 3_000 }, (_, index) => startStep + index);
    const zeros = steps.filter((step) => independentCode(rfcKey, step).startsWith("00"));
    expect(zeros.length).toBeGreaterThan(5);
    for (const step of zeros) expect(await totpCode(rfcSecret, step)).toBe(independentCode(rfcKey, step));
  });
});

describe("taking a code", () => {
  it("is safe at every moment of a window: one second into the step at least, and three before its end", async () => {
    for (let offset = 0; offset < totpPeriodMs; offset += 30) {
      const context = testContext({ clock: fakeClock(startAt + offset) });
      const code = await takeTotpCode(rfcSecret, "login", context);
      const step = Math.floor(context.now() / totpPeriodMs);
      expect(code, `${offset} ms`).toBe(independentCode(rfcKey, step));
      expect(context.spent).toEqual([{ factor: "totp", step: "login", totpStep: step }]);
      expect(context.now() - step * totpPeriodMs).toBeGreaterThanOrEqual(1_000);
      expect((step + 1) * totpPeriodMs - context.now()).toBeGreaterThanOrEqual(3_000);
    }
  });

  it.each([
    [0, [1_000]],
    [999, [1]],
    [1_000, []],
    [27_000, []],
    [27_001, [3_999]],
    [29_999, [1_001]],
  ])("waits %d ms into a step only as long as it has to: %j", async (offset, sleeps) => {
    const context = testContext({ clock: fakeClock(startAt + offset) });
    await takeTotpCode(rfcSecret, "login", context);
    expect(context.clock.sleeps).toEqual(sleeps);
  });

  it("never takes a used step, whatever the clock shows, and never waits longer than it has to", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 89_999 }), fc.integer({ min: -3, max: 2 }), async (offset, ahead) => {
        const now = startAt + offset;
        const lastTotpStep = Math.floor(now / totpPeriodMs) + ahead;
        const context = testContext({ clock: fakeClock(now), lastTotpStep });
        const code = await takeTotpCode(rfcSecret, "login", context);
        const soonest = soonestMoment(now, lastTotpStep);
        const step = Math.floor(soonest / totpPeriodMs);
        expect(context.now()).toBe(soonest);
        expect(context.spent).toMatchObject([{ totpStep: step }]);
        expect(step).toBeGreaterThan(lastTotpStep);
        expect(code).toBe(independentCode(rfcKey, step));
      }),
      { seed, numRuns: 500 },
    );
  });

  it("gives no step twice to logins one after the other", async () => {
    const context = testContext({ clock: fakeClock(startAt + 5_000) });
    for (let login = 0; login < 5; login++) await takeTotpCode(rfcSecret, "login", context);
    expect(context.spent.map(({ totpStep }) => totpStep)).toEqual([0, 1, 2, 3, 4].map((ahead) => startStep + ahead));
    expect(context.clock.sleeps).toEqual([26_000, totpPeriodMs, totpPeriodMs, totpPeriodMs]);
  });

  it("goes on waiting where a sleep ends too early", async () => {
    const clock = fakeClock(startAt + 29_000);
    const short = { ...clock, sleep: async (ms: number) => clock.sleep(Math.max(ms / 2, 1)) };
    const context = testContext({ clock: short });
    await takeTotpCode(rfcSecret, "login", context);
    expect(context.spent).toMatchObject([{ totpStep: startStep + 1 }]);
    expect(clock.now()).toBeGreaterThanOrEqual(startAt + totpPeriodMs);
  });

  it.each([
    [2, 0, 91_000],
    [3, 26_000, 95_000],
  ])("waits where the last used step lies %d ahead, %d ms into this one: %d ms", async (ahead, offset, waitMs) => {
    const context = testContext({ clock: fakeClock(startAt + offset), lastTotpStep: startStep + ahead });
    await takeTotpCode(rfcSecret, "login", context);
    expect(context.clock.sleeps).toEqual([waitMs]);
    expect(context.spent).toMatchObject([{ totpStep: startStep + ahead + 1 }]);
  });

  it.each([
    [3, 25_999],
    [4, 0],
    [2_880, 12_345],
  ])("is clock_skew, without waiting or spending, where the last used step lies %d ahead", async (ahead, offset) => {
    const context = testContext({ clock: fakeClock(startAt + offset), lastTotpStep: startStep + ahead });
    await expect(takeTotpCode(rfcSecret, "login", context)).rejects.toMatchObject({ code: "clock_skew" });
    expect(context.spent).toEqual([]);
    expect(context.clock.sleeps).toEqual([]);
  });

  it("ends with its signal while it waits, and spends nothing", async () => {
    const context = testContext({ clock: fakeClock(startAt + 29_000), signal: AbortSignal.abort() });
    await expect(takeTotpCode(rfcSecret, "login", context)).rejects.toMatchObject({ code: "aborted" });
    expect(context.spent).toEqual([]);
  });

  it("gives no code where the attempt is refused", async () => {
    const refused = new BrokerAuthError("login_blocked", "nothing was sent");
    const context = testContext({
      recordAttempt: () => {
        throw refused;
      },
    });
    await expect(takeTotpCode(rfcSecret, "login", context)).rejects.toBe(refused);
    expect(context.spent).toEqual([]);
  });

  it("spends the step before the code is handed out", async () => {
    const order: string[] = [];
    const context = testContext({ recordAttempt: () => void order.push("spent") });
    await takeTotpCode(rfcSecret, "login", context).then(() => order.push("given"));
    expect(order).toEqual(["spent", "given"]);
  });
});

describe("a code source", () => {
  it("is asked in a usable step, and its code is spent as an answer", async () => {
    const clock = fakeClock(startAt + 28_000);
    const askedAt: number[] = [];
    const context = testContext({ clock });
    const source = async () => {
      askedAt.push(clock.now());
      return "012 345";
    };
    expect(await takeTotpCode(source, "login", context)).toBe("012345");
    expect(askedAt).toEqual([startAt + totpPeriodMs + 1_000]);
    expect(context.spent).toMatchObject([{ factor: "totp", step: "login", totpStep: startStep + 1 }]);
    expect(context.spent[0]?.answer?.reveal()).toBe("012345");
  });

  it("may answer without a promise", async () => {
    expect(await takeTotpCode(() => "000001", "login", testContext())).toBe("000001");
  });

  it.each(["12345", "1234567", "12345a", "", "１２３４５６", undefined, 123456])(
    "is refused with %j before anything is spent, and the error does not show it",
    async (given) => {
      const context = testContext();
      const error: unknown = await takeTotpCode(() => given as string, "login", context).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: "configuration", field: "totp" });
      expect((error as Error).message).toMatch(
        /^totp: the code must be six digits, given as a string(; leading zeros must be kept|$)/,
      );
      expect(context.spent).toEqual([]);
    },
  );

  it("that fails spends nothing", async () => {
    const context = testContext();
    const failing = takeTotpCode(() => Promise.reject(new Error("the authenticator is away")), "login", context);
    await expect(failing).rejects.toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(context.spent).toEqual([]);
  });

  it("that lets its time step go by is asked again, because nobody knows which step the code is of", async () => {
    const context = testContext();
    const codes = ["111111", "222222"];
    const slowOnce = (): string => {
      if (codes.length === 2) context.clock.advance(30_000);
      return codes.shift() ?? "";
    };
    expect(await takeTotpCode(slowOnce, "login", context)).toBe("222222");
    expect(context.spent).toHaveLength(1);
    let asked = 0;
    const slow = (): string => {
      asked += 1;
      context.clock.advance(30_000);
      return "333333";
    };
    await expect(takeTotpCode(slow, "login", context)).rejects.toMatchObject({
      code: "needs_input",
      challenge: "totp",
    });
    expect(asked).toBe(3);
    expect(context.spent).toHaveLength(1);
  });

  it.each([
    [3_000, "111111", startStep, []],
    [2_999, "222222", startStep + 1, [3_999]],
    [100, "222222", startStep + 1, [1_100]],
  ])("that answers %d ms to the end of the step gives %s", async (leftMs, code, totpStep, sleeps) => {
    const context = testContext({ clock: fakeClock(startAt + 20_000) });
    const codes = ["111111", "222222"];
    const source = (): string => {
      // Slow once only.
      if (codes.length === 2) context.clock.set(startAt + totpPeriodMs - leftMs);
      return codes.shift() ?? "";
    };
    expect(await takeTotpCode(source, "login", context)).toBe(code);
    expect(context.spent).toMatchObject([{ totpStep }]);
    expect(context.clock.sleeps).toEqual(sleeps);
  });

  it("may refuse in this library's own words", async () => {
    const locked = new BrokerAuthError("store_key_locked", "the keychain is locked");
    await expect(takeTotpCode(() => Promise.reject(locked), "login", testContext())).rejects.toBe(locked);
  });

  it("is asked for a step that was not used", async () => {
    const context = testContext({ clock: fakeClock(startAt + 5_000), lastTotpStep: startStep });
    await takeTotpCode(() => "111111", "login", context);
    expect(context.spent).toMatchObject([{ totpStep: startStep + 1 }]);
  });
});

describe("the generator of codes", () => {
  it.each([
    ["a secret in lower case with a digit that Base32 lacks", "jbswy3dpehpk3px1canary", startStep],
    ["a secret that is too short", "CANARY", startStep],
    ["no secret", "", startStep],
    ["a step before the epoch", "JBSWY3DPEHPK3PXP", -1],
    ["a step that is no number", "JBSWY3DPEHPK3PXP", Number.NaN],
  ])("refuses %s, without its value and without otplib's words", async (_, text, step) => {
    const error = await totpCode(new Secret(text), step).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "totpSecret" });
    expect(error).not.toHaveProperty("cause");
    expect((error as BrokerAuthError).message).toBe(
      "totpSecret: no code can be made of this secret and this time step",
    );
  });

  it("that cannot be loaded because the package was changed says so, and is loaded when it is there again", async () => {
    vi.resetModules();
    vi.doMock("./totp-generator.ts", () => {
      throw new RangeError("the file is gone");
    });
    onTestFinished(() => {
      vi.doUnmock("./totp-generator.ts");
    });
    const { totpCode: fresh } = await import("./totp-code.ts");
    const secret = new Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    await expect(fresh(secret, 1)).rejects.toMatchObject({ code: "configuration" });
    vi.doUnmock("./totp-generator.ts");
    expect(await fresh(secret, 1)).toBe(await totpCode(secret, 1));
  });
});
