import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { BrokerClock } from "./broker-clock.ts";
import { type Clock, platformOf } from "./platform.ts";

const start = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
const hourMs = 3_600_000;

/** A host whose clock can be set, and a broker whose answers tell the time in the way that is given. */
function openTestEnvironment({ ofThisHost = true, ofNowAlone = false } = {}) {
  let at = start;
  let monotonic = 5_000;
  const warnings: string[] = [];
  const broker = { offsetMs: 0, asked: 0, tookMs: 0, headers: {} as Readonly<Record<string, string>>, dated: true };
  const fetch: typeof globalThis.fetch = async () => {
    broker.asked += 1;
    pass(broker.tookMs / 2);
    const date = new Date(at + broker.offsetMs).toUTCString();
    pass(broker.tookMs / 2);
    return new Response(null, { headers: broker.dated ? { date, ...broker.headers } : broker.headers });
  };
  const pass = (ms: number): void => {
    at += ms;
    monotonic += ms;
  };
  let readings = 0;
  const read = (shown: number): number => {
    readings += 1;
    return shown;
  };
  const given: Partial<Clock> = { now: () => read(at), ...(ofNowAlone ? {} : { monotonic: () => read(monotonic) }) };
  const platform = platformOf({ fetch, clock: given });
  const clock = new BrokerClock({
    platform,
    ofThisHost,
    emit: (facts) => void warnings.push(facts.type === "warning" ? facts.message : facts.type),
  });
  const serverTime = async (): Promise<number> => {
    await clock.listening(platform.fetch)("https://api.toy.example/time");
    return Number.NaN;
  };
  return {
    clock,
    broker,
    warnings,
    pass,
    hear: async () => void (await clock.listening(platform.fetch)("https://api.toy.example/pin")),
    ask: (recorded?: Parameters<BrokerClock["ask"]>[0]) => clock.ask(recorded, serverTime),
    setHost: (ms: number) => void (at += ms),
    now: () => at,
    /** How often the host's clocks were read. */
    readings: () => readings,
  };
}

describe("the broker's clock", () => {
  it("is told by every answer of the broker, whatever it was about", async () => {
    const { clock, broker, hear, now } = openTestEnvironment();
    expect(clock.now(undefined)).toBe(now());
    broker.offsetMs = 95_000;
    await hear();
    expect(clock.now(undefined)).toBe(now() + 95_000);
    broker.offsetMs = -40_000;
    await hear();
    expect(clock.now(undefined)).toBe(now() - 40_000);
  });

  it("is asked for once, and then not again for six hours, as long as nobody sets the host's clock", async () => {
    const { broker, ask, pass } = openTestEnvironment();
    await ask();
    pass(6 * hourMs);
    await ask();
    expect(broker.asked).toBe(1);
    pass(1);
    await ask();
    expect(broker.asked).toBe(2);
  });

  it.each([5.5 * hourMs, -5.5 * hourMs, 2_000, -2_000])(
    "is asked for again after the host's clock was set by %d ms",
    async (ms) => {
      const { broker, clock, ask, setHost } = openTestEnvironment();
      await ask();
      setHost(ms);
      expect(clock.own).toBeUndefined();
      broker.offsetMs = 0;
      await ask();
      expect([broker.asked, clock.own?.offsetMs]).toEqual([2, 0]);
    },
  );

  it("is not asked for again because of a drift of a second or less", async () => {
    const { broker, ask, setHost } = openTestEnvironment();
    await ask();
    setHost(1_000);
    await ask();
    expect(broker.asked).toBe(1);
  });

  it("is taken as unbroken where a user replaces `now` alone", async () => {
    const { broker, ask, setHost } = openTestEnvironment({ ofNowAlone: true });
    await ask();
    setHost(5 * hourMs);
    await ask();
    expect(broker.asked).toBe(1);
  });

  it("is forgotten when it is told to, and asked for again", async () => {
    const { broker, clock, ask } = openTestEnvironment();
    await ask();
    clock.forget();
    await ask();
    expect(broker.asked).toBe(2);
  });

  it("stays as it is known where an answer does not contradict it, and is confirmed by that", async () => {
    const { broker, clock, hear, ask, pass } = openTestEnvironment();
    broker.offsetMs = 20_300;
    await hear();
    const first = clock.own?.offsetMs;
    for (const [ms, tookMs] of [
      [777, 10],
      [5 * hourMs, 4_000],
      [5 * hourMs, 0],
    ] as const) {
      pass(ms);
      broker.tookMs = tookMs;
      await hear();
      expect(clock.own?.offsetMs).toBe(first);
    }
    const { asked } = broker;
    await ask();
    expect(broker.asked).toBe(asked);
  });
});

describe("the time that a session at hand is looked at by", () => {
  it("is the widest that is known, by one reading of the host's clock a call", async () => {
    const { clock, broker, hear, now, readings } = openTestEnvironment();
    broker.offsetMs = 95_000;
    await hear();
    expect(clock.glance(undefined)).toBe(now() + 95_000);
    const before = readings();
    for (let call = 0; call < 10; call++) expect(clock.glance(undefined)).toBe(now() + 95_000);
    expect(readings() - before).toBe(10);
  });

  it("follows each new measurement, and what is forgotten, at once", async () => {
    const { clock, broker, hear, now } = openTestEnvironment();
    for (const offsetMs of [0, 95_000, -40_000, 86_400_000]) {
      broker.offsetMs = offsetMs;
      await hear();
      expect(clock.glance(undefined)).toBe(now() + offsetMs);
    }
    const other = openTestEnvironment();
    other.broker.offsetMs = 95_000;
    await other.hear();
    expect(other.clock.glance(undefined)).toBe(other.now() + 95_000);
    other.clock.forget();
    other.broker.offsetMs = 0;
    await other.hear();
    expect(other.clock.glance(undefined)).toBe(other.now());
  });

  it("follows another record at once", () => {
    const { clock, now } = openTestEnvironment();
    const recorded = (offsetMs: number) => ({ offsetMs, measuredAt: now() });
    expect(clock.glance(recorded(7_000))).toBe(now() + 7_000);
    expect(clock.glance(recorded(9_000))).toBe(now() + 9_000);
    expect(clock.glance(undefined)).toBe(now());
  });

  it.each([1_001, 5.5 * hourMs, -1_001, -5.5 * hourMs])(
    "keeps no difference once the host's clock was set by %d ms",
    async (ms) => {
      const { clock, broker, hear, now, setHost } = openTestEnvironment();
      broker.offsetMs = 95_000;
      await hear();
      expect(clock.glance(undefined)).toBe(now() + 95_000);
      setHost(ms);
      expect(clock.glance(undefined)).toBe(now());
    },
  );

  it("is looked at anew after a second, so that a measurement is not trusted for longer than it is good for", async () => {
    const { clock, broker, hear, now, pass } = openTestEnvironment();
    broker.offsetMs = 95_000;
    await hear();
    pass(6 * hourMs);
    expect(clock.glance(undefined)).toBe(now() + 95_000);
    pass(1_000);
    expect(clock.glance(undefined)).toBe(now());
  });
});

describe("a measurement that is found in the record", () => {
  it("counts for a minute on the host that it was made on, and nowhere else", async () => {
    for (const [ofThisHost, ageMs, counts] of [
      [true, 59_999, true],
      [true, 60_000, false],
      [false, 0, false],
    ] as const) {
      const { clock, broker, ask, now } = openTestEnvironment({ ofThisHost });
      const recorded = { offsetMs: 7_000, measuredAt: now() - ageMs };
      expect(clock.now(recorded) - now()).toBe(counts ? 7_000 : 0);
      await ask(recorded);
      expect(broker.asked).toBe(counts ? 0 : 1);
    }
  });

  it("goes behind what the process itself has measured", async () => {
    const { clock, broker, hear, now } = openTestEnvironment();
    broker.offsetMs = 3_000;
    await hear();
    expect(clock.known({ offsetMs: 7_000, measuredAt: now() })?.offsetMs).toBe(3_000);
  });

  it("is shown however old it is, unless it may be of another host", () => {
    const recorded = { offsetMs: 7_000, measuredAt: 5 };
    expect(openTestEnvironment().clock.latest(recorded)?.offsetMs).toBe(7_000);
    expect(openTestEnvironment({ ofThisHost: false }).clock.latest(recorded)).toBeUndefined();
  });
});

describe("an answer that tells nothing of the time", () => {
  it("leaves the clock unknown, and the login goes on", async () => {
    const { clock, broker, ask } = openTestEnvironment();
    broker.dated = false;
    await ask();
    broker.headers = { date: "Mon, 03 Mar 2031 00:00:00 GMT", "x-cache": "HIT" };
    await ask();
    expect(clock.own).toBeUndefined();
  });

  it("of a cache that says its age does not move a clock that is right", async () => {
    const { clock, broker, ask } = openTestEnvironment();
    broker.offsetMs = -120_000;
    broker.headers = { age: "120" };
    await ask();
    expect(clock.own).toBeUndefined();
    // A cache that gives it a new date as well.
    broker.offsetMs = 0;
    await ask();
    expect(clock.own).toBeUndefined();
  });

  it("is no matter where the adapter knows the time by other means", async () => {
    const { clock, now } = openTestEnvironment();
    await clock.ask(undefined, async () => now() + 4_000);
    expect(clock.own?.offsetMs).toBe(4_000);
  });
});

async function failing(error: unknown): Promise<void> {
  await openTestEnvironment().clock.ask(undefined, async () => {
    throw error;
  });
}

describe("a clock call that fails", () => {
  it("with an answer, or in a way that says nothing, leaves the clock unknown", async () => {
    for (const error of [
      new BrokerAuthError("protocol_error", "no Date header", { status: 200 }),
      new BrokerAuthError("broker_unavailable", "maintenance", { status: 503 }),
      new BrokerAuthError("rate_limited", "too many", { status: 429 }),
      new TypeError("an adapter's own mistake"),
    ]) {
      await expect(failing(error)).resolves.toBeUndefined();
    }
  });

  it("without an answer, or before it could be made, ends the login", async () => {
    const refused = Object.assign(new Error("m"), { code: "ECONNREFUSED", syscall: "connect" });
    for (const [error, code] of [
      [new BrokerAuthError("broker_unavailable", "no answer came in time"), "broker_unavailable"],
      [new BrokerAuthError("configuration", "this fetch cannot be used"), "configuration"],
      [new TypeError("fetch failed", { cause: refused }), "broker_unavailable"],
    ] as const) {
      await expect(failing(error)).rejects.toMatchObject({ code });
    }
  });
});

describe("clocks that are too far apart to be corrected", () => {
  it("end what asks for the time, and are overheard in no other answer", async () => {
    const { clock, broker, ask, hear } = openTestEnvironment();
    broker.offsetMs = 86_400_000;
    await hear();
    expect(clock.own).toBeUndefined();
    await expect(ask()).rejects.toMatchObject({ code: "clock_skew" });
    broker.offsetMs = 0;
    await ask();
    expect(clock.own?.offsetMs).toBe(0);
  });
});

describe("a noticeable difference", () => {
  it("is told with its direction, once, and again where it has changed", async () => {
    const { broker, warnings, hear } = openTestEnvironment();
    for (const offsetMs of [2_000, 3_000, 95_000, 96_000, 95_000, -95_000, 0, 0]) {
      broker.offsetMs = offsetMs;
      await hear();
    }
    expect(warnings.map((text) => text.replace(/ the broker's.*/, ""))).toEqual([
      "this computer's clock is 3 s behind",
      "this computer's clock is 95 s behind",
      "this computer's clock is 95 s ahead of",
    ]);
  });
});
