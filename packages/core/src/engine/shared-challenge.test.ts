import { describe, expect, it } from "vitest";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import type { LoginProgress } from "./login-progress.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const minuteMs = 60_000;
const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

function openTestEnvironment({ codeMs }: { readonly codeMs?: number } = {}) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const events: BrokerAuthEvent[] = [];
  const provider: ReturnType<typeof toy> = {
    ...toy(),
    async begin(account, context) {
      const step = await toy().begin(account, context);
      if (codeMs === undefined || step.kind === "session") return step;
      const challenge = { kind: "otp", sentTo: "phone ending in 01", expiresAt: context.now() + codeMs } as const;
      return { ...step, challenge };
    },
    // A new code is a new SMS.
    answer: (pending, given, account, context) =>
      given.kind === "resend" ? toy().begin(account, context) : toy().answer(pending, given, account, context),
  };
  const engine = (account = byHand) => {
    const auth = createBrokerAuth({
      brokers: [provider],
      accounts: { main: { broker: "toy" as const, ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    auth.on((event) => void events.push(event));
    return auth;
  };
  const sends = (): number => broker.requests.filter((path) => path === "/sms").length;
  return { clock, broker, events, engine, sends };
}

function challenged(progress: LoginProgress): Extract<LoginProgress, { kind: "challenge" }> {
  if (progress.kind !== "challenge") throw new Error("the login was expected to wait for an answer");
  return progress;
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

describe("a person's SMS", () => {
  it("is sent once for four logins at once, and one code opens the session for all of them", async () => {
    const { broker, engine, sends } = openTestEnvironment();
    const auth = engine();
    const asked: string[] = [];
    const otp = ({ sentTo }: { readonly sentTo: string }): string => {
      asked.push(sentTo);
      return broker.otp;
    };
    const sessions = await Promise.all([1, 2, 3, 4].map(() => auth.login("main", { otp })));
    expect(new Set(sessions.map(({ generation }) => generation)).size).toBe(1);
    expect([sends(), broker.minted]).toEqual([1, 1]);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it("is not sent again by a program that starts anew, or by another one: each shows the same challenge", async () => {
    const { broker, engine, sends, events } = openTestEnvironment();
    const first = challenged(await engine().beginLogin("main"));
    const second = challenged(await engine().beginLogin("main"));
    expect(second).toEqual(first);
    expect(sends()).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(["login_started", "challenge", "challenge"]);
    const done = await engine().answerLogin("main", second.handle, { kind: "otp", value: broker.otp });
    expect(done.kind).toBe("session");
  });

  it("is not sent again because its code is said to end soon: the broker decides, and a person can ask for another", async () => {
    const { clock, engine, sends, broker } = openTestEnvironment({ codeMs: 30_000 });
    const first = challenged(await engine().beginLogin("main"));
    expect(first.challenge).toHaveProperty("expiresAt");
    clock.advance(2 * minuteMs);
    const second = challenged(await engine().beginLogin("main"));
    expect([second.handle, sends()]).toEqual([first.handle, 1]);
    const done = await engine().answerLogin("main", second.handle, { kind: "otp", value: broker.otp });
    expect(done.kind).toBe("session");
  });

  it("whose challenge was answered by somebody else is answered once: its handle is over", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine();
    const { handle } = challenged(await auth.beginLogin("main"));
    await auth.answerLogin("main", handle, { kind: "otp", value: broker.otp });
    const again = auth.answerLogin("main", handle, { kind: "otp", value: broker.otp });
    expect(await failure(again)).toMatchObject({ code: "challenge_expired" });
  });

  it("that was refused at one of two logins is asked for again at both, and no further one is sent", async () => {
    const { broker, engine, sends } = openTestEnvironment();
    const auth = engine();
    const gate = Promise.withResolvers<void>();
    const refusals: unknown[] = [];
    let slow = 0;
    const [one, other] = await Promise.all([
      auth.login("main", {
        otp: ({ refused }) => {
          refusals.push(refused?.code);
          if (refusals.length === 1) return "000000";
          gate.resolve();
          return broker.otp;
        },
      }),
      auth.login("main", {
        otp: async () => {
          slow += 1;
          if (slow === 1) await gate.promise;
          return broker.otp;
        },
      }),
    ]);
    expect(one.generation).toBe(other.generation);
    expect(refusals).toEqual([undefined, "otp_rejected"]);
    expect([sends(), broker.minted]).toEqual([1, 1]);
  });

  it("is a new one when the old one is over, or when the account is configured otherwise by now", async () => {
    const { clock, engine, sends, broker } = openTestEnvironment();
    await engine().beginLogin("main");
    clock.advance(10 * minuteMs);
    challenged(await engine().beginLogin("main"));
    expect(sends()).toBe(2);
    const unattended = await engine({ ...byHand, totpSecret: toyTotpSecret }).beginLogin("main");
    expect(unattended.kind).toBe("session");
    expect([sends(), broker.minted]).toEqual([2, 1]);
  });

  it("is sent three times in ten minutes at most, each further time on an explicit word, and then it is said when", async () => {
    const { clock, broker, engine, sends } = openTestEnvironment();
    const auth = engine();
    let { handle } = challenged(await auth.beginLogin("main"));
    for (const _ of [2, 3]) {
      clock.advance(minuteMs);
      handle = challenged(await auth.answerLogin("main", handle, { kind: "resend" })).handle;
    }
    clock.advance(minuteMs);
    // Also by another program: the record counts.
    expect(await failure(engine().answerLogin("main", handle, { kind: "resend" }))).toMatchObject({
      code: "rate_limited",
      account: "main",
      retryAfterMs: 7 * minuteMs,
    });
    expect(sends()).toBe(3);
    // The login is as open as before.
    const done = await auth.answerLogin("main", handle, { kind: "otp", value: broker.otp });
    expect(done.kind).toBe("session");
  });

  it("is not sent a fourth time by new logins either, and may be when ten minutes are over", async () => {
    const { clock, broker, engine, sends } = openTestEnvironment();
    const auth = engine();
    for (const _ of [1, 2, 3]) {
      const { handle } = challenged(await auth.beginLogin("main"));
      await auth.answerLogin("main", handle, { kind: "otp", value: broker.otp });
      await auth.logout("main");
    }
    const error = await failure(auth.login("main", { otp: () => broker.otp }));
    expect(error).toMatchObject({ code: "rate_limited", retryAfterMs: 10 * minuteMs });
    expect(sends()).toBe(3);
    clock.advance(10 * minuteMs);
    await auth.login("main", { otp: () => broker.otp });
    expect(broker.minted).toBe(4);
  });

  it("that a person asks for too often leaves the person at the open login, with why", async () => {
    const { broker, engine, sends } = openTestEnvironment();
    const seen: (string | undefined)[] = [];
    const session = await engine().login("main", {
      otp: ({ refused }) => {
        seen.push(refused?.code);
        return seen.length <= 3 ? { resend: true } : broker.otp;
      },
    });
    expect(session.obtainedBy).toBe("login");
    expect(seen).toEqual([undefined, undefined, undefined, "rate_limited"]);
    expect(sends()).toBe(3);
  });

  it.each([Infinity, 1e306, Number.NaN, -1])(
    "whose code is said to end at %s is asked for without that number",
    async (expiresAt) => {
      const { clock, broker, sends } = openTestEnvironment();
      const provider: ReturnType<typeof toy> = {
        ...toy(),
        async begin(...given) {
          const step = await toy().begin(...given);
          const challenge = { kind: "otp", sentTo: "phone ending in 01", expiresAt, attemptsLeft: expiresAt } as const;
          return step.kind === "session" ? step : { ...step, challenge };
        },
      };
      const auth = createBrokerAuth({
        brokers: [provider],
        accounts: { main: { broker: "toy" as const, ...byHand } },
        store: memoryStore(),
        fetch: broker.fetch,
        clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
      });
      const begun = challenged(await auth.beginLogin("main"));
      expect(begun.challenge).toEqual({ kind: "otp", sentTo: "phone ending in 01" });
      const done = await auth.answerLogin("main", begun.handle, { kind: "otp", value: broker.otp });
      expect([done.kind, sends()]).toEqual(["session", 1]);
    },
  );
});
