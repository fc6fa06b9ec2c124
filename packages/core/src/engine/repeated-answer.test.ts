import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

function openTestEnvironment(given: Partial<ReturnType<typeof toy>> = {}) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const auth = createBrokerAuth({
    brokers: [{ ...toy(), ...given }],
    accounts: { main: { broker: "toy" as const, user: "user-7734", pin: "1234" } },
    store: memoryStore(),
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  });
  const sent = (path: string): number => broker.requests.filter((one) => one === path).length;
  return { broker, auth, sent };
}

describe("the same wrong OTP once more", () => {
  it("is not sent, and brings the challenge again with why, to answerLogin() as to login()", async () => {
    const { broker, auth, sent } = openTestEnvironment();
    let progress = await auth.beginLogin("main");
    const refusals: (string | undefined)[] = [];
    for (let time = 0; time < 3; time++) {
      if (progress.kind !== "challenge") throw new Error("it was expected to wait");
      progress = await auth.answerLogin("main", progress.handle, { kind: "otp", value: "000000" });
      refusals.push(progress.kind === "challenge" ? progress.refused?.code : undefined);
    }
    expect(refusals).toEqual(["otp_rejected", "login_blocked", "login_blocked"]);
    expect(sent("/otp")).toBe(1);
    if (progress.kind !== "challenge") throw new Error("it was expected to wait");
    const done = await auth.answerLogin("main", progress.handle, { kind: "otp", value: broker.otp });
    expect([done.kind, sent("/sms")]).toEqual(["session", 1]);
  });

  it("does not make login() ask for ever", async () => {
    const { auth } = openTestEnvironment();
    let asked = 0;
    await expect(auth.login("main", { otp: () => (++asked, "000000") })).rejects.toMatchObject({
      code: "login_blocked",
    });
    expect(asked).toBe(4);
  });
});

const deadAlsoBy503: ReturnType<typeof toy>["classify"] = ({ status, path }) =>
  status === 503 || (status === 440 && path === "/whoami") ? { kind: "dead" } : { kind: "alive" };

describe("an order that is answered by an error of the server which says that the session has ended", () => {
  it("is told as not known, with a new session ready, and is not repeated", async () => {
    const { broker, auth, sent } = openTestEnvironment({ classify: deadAlsoBy503 });
    await auth.login("main", { otp: () => broker.otp });
    broker.faultAfter = (path) => (path === "/order" ? 503 : undefined);
    const order = auth.fetch("main", "/order", { method: "POST", body: "{}" });
    await expect(order).rejects.toMatchObject({
      code: "outcome_unknown",
      status: 503,
      action: "A new session is ready: look at the order book before you send the request again.",
    });
    expect([sent("/order"), broker.orders.length, broker.minted]).toEqual([1, 1, 2]);
  });
});

describe("a person who never answers", () => {
  it("holds up no close(): login() ends with it", async () => {
    const { auth } = openTestEnvironment();
    const asked = Promise.withResolvers<void>();
    const login = auth.login("main", {
      otp() {
        asked.resolve();
        return new Promise(() => undefined);
      },
    });
    await asked.promise;
    const [ended] = await Promise.allSettled([login, auth.close()]);
    expect(ended).toMatchObject({ status: "rejected", reason: { code: "aborted", account: "main" } });
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe("a fetch that fails in an odd way", () => {
  const odd: Readonly<Record<string, () => Promise<Response>>> = {
    "Response.error()": async () => Response.error(),
    "an error whose getters throw": () =>
      Promise.reject(
        Object.defineProperty(new Error("x"), "code", {
          get() {
            throw new Error("no");
          },
        }),
      ),
    "a proxy that is over": async () => {
      throw revoked();
    },
  };

  it.each(Object.entries(odd))(
    "is no answer, and spends nothing before the broker was reached: %s",
    async (_name, fetch) => {
      const auth = createBrokerAuth({
        brokers: [toy()],
        accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
        store: memoryStore(),
        fetch,
      });
      await expect(auth.session("main")).rejects.toMatchObject({ code: "broker_unavailable" });
      expect((await auth.status("main")).state).toBe("logged_out");
      await auth.close();
    },
  );
});
