import { describe, expect, it } from "vitest";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { TokenStore } from "../contract/token-store.ts";
import { totpCode } from "../adapter-kit/totp-code.ts";
import { Secret } from "../contract/secret.ts";

const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };

/** A toy at a real broker: only in the sandbox nobody else uses the account's codes. */
function real(): ReturnType<typeof toy> {
  const provider = toy();
  return { ...provider, identify: (account) => ({ ...provider.identify(account), environment: "production" }) };
}

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const events: BrokerAuthEvent[] = [];
  const engine = (store: TokenStore, account = unattended, provider = real()) => {
    const auth = createBrokerAuth({
      brokers: [provider],
      accounts: { main: { broker: "toy", ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    auth.on((event) => void events.push(event));
    return auth;
  };
  return { clock, broker, events, engine };
}

describe("the first TOTP code that a new record sends", () => {
  it("waits for the next step, once, and says so: another program may have used this one", async () => {
    const { clock, events, engine } = openTestEnvironment();
    const auth = engine(memoryStore());
    await auth.session("main");
    expect(clock.sleeps).toEqual([20_500]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "waiting", for: "totp_step", until: Date.UTC(2031, 2, 3, 3, 30, 31) }),
    );
    await auth.logout("main");
    clock.advance(60_000);
    await auth.session("main");
    expect(clock.sleeps).toHaveLength(1);
  });

  it("waits no longer than to the next step, wherever in a step the login begins", async () => {
    for (let offset = 0; offset < 30_000; offset += 1_111) {
      const { clock, engine } = openTestEnvironment();
      clock.set(Date.UTC(2031, 2, 3, 3, 30) + offset);
      const from = clock.now();
      await engine(memoryStore()).session("main");
      expect(clock.now() - from, `${offset} ms`).toBeLessThanOrEqual(31_000);
    }
  });

  it("does not wait in the sandbox", async () => {
    const { clock, engine } = openTestEnvironment();
    await engine(memoryStore(), unattended, toy()).session("main");
    expect(clock.sleeps).toEqual([]);
  });

  it("waits in a person's login and for a code source as well", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    await engine(memoryStore()).login("main");
    const source = () => totpCode(new Secret(toyTotpSecret), Math.floor(clock.now() / 30_000));
    await engine(memoryStore(), { user: "user-7734", pin: "1234", totpCode: source }).session("main");
    expect(clock.sleeps).toHaveLength(2);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
  });

  it("is final where the secret was never right: it is refused once, and a corrected one gets in at the next start", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const store = memoryStore();
    const wrong = engine(store, { ...unattended, totpSecret: "KRSXG5BAONSWG4TFOQQHI2DFEBRWK3TU" });
    await expect(wrong.session("main")).rejects.toMatchObject({ code: "totp_rejected" });
    await expect(wrong.session("main")).rejects.toMatchObject({ code: "login_blocked" });
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
    clock.advance(60_000);
    expect((await engine(store).session("main")).obtainedBy).toBe("login");
  });

  it("has one further try in a later step where the secret opened a session before", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine(memoryStore());
    await auth.session("main");
    await auth.logout("main");
    clock.advance(60_000);
    broker.endRenewals();
    // Somebody else has used this step.
    broker.totpSteps.push(Math.floor(clock.now() / 30_000));
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(3);
  });

  it("makes seven quick starts with a store that forgets everything harmless: no code is sent twice", async () => {
    const { broker, engine } = openTestEnvironment();
    for (let start = 0; start < 7; start++)
      expect((await engine(memoryStore()).session("main")).obtainedBy).toBe("login");
    expect(broker.totpSteps).toHaveLength(7);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(7);
  });
});
