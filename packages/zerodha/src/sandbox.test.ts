import { once } from "node:events";
import { inspect } from "node:util";
import { memoryStore } from "@x/core";
import { describe, expect, it } from "vitest";
import { pageOf, refusalOf, openTestEnvironment } from "./testing/test-environment.ts";

const minted = "session-token accepted";
const cutoff = Date.UTC(2031, 2, 4, 0, 30);

describe("a login", () => {
  it("by its handler mints one session, and a second engine on the store adopts it", async () => {
    await using test = await openTestEnvironment();
    const pages: string[] = [];
    const session = await test.engine().login("main", {
      redirect({ url }) {
        pages.push(url);
        return test.sandbox.logInAtPage(url, "main");
      },
    });
    expect(session).toMatchObject({ obtainedBy: "login", expiresAt: cutoff });
    expect(pages).toHaveLength(1);
    const other = test.engine();
    expect(await other.session("main")).toMatchObject({ generation: session.generation, obtainedBy: "store" });
    expect((await other.fetch("main", "/portfolio/holdings")).status).toBe(200);
    expect(test.arrived()).toStrictEqual([minted, "holdings accepted"]);
  });

  it("cannot run unattended, and says what for: nothing is sent", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const facts = { code: "needs_input", challenge: "redirect", account: "main" };
    expect(await refusalOf(() => auth.session("main"))).toMatchObject(facts);
    expect(await refusalOf(() => auth.login("main"))).toMatchObject(facts);
    expect(test.arrived()).toStrictEqual([]);
  });

  it("is data out and data in: begun by one process, finished by another that was started since, from a route's address", async () => {
    await using test = await openTestEnvironment();
    const store = memoryStore();
    const first = await test.engine(store).beginLogin("main");
    if (first.kind !== "challenge") throw new Error("nothing was asked");
    const carried = JSON.parse(JSON.stringify(first.handle)) as string;
    const back = new URL(test.sandbox.logInAtPage(pageOf(first), "main"));
    const last = await test
      .engine(store)
      .answerLogin("main", carried, { kind: "redirect", value: back.pathname + back.search });
    expect(last).toMatchObject({ kind: "session" });
    expect(test.arrived()).toStrictEqual([minted]);
  });

  it("asks again after an address that is not of this login, and after a request token that came too late", async () => {
    await using test = await openTestEnvironment();
    const stale = test.sandbox.logInAtPage(pageOf(await test.provider.begin(test.credentials, test.context)), "main");
    const reasons: (string | undefined)[] = [];
    const session = await test.engine().login("main", {
      redirect({ url, refused }) {
        reasons.push(refused?.code);
        if (reasons.length === 1) return "not an address";
        if (reasons.length === 2) return stale;
        const back = test.sandbox.logInAtPage(url, "main");
        if (reasons.length === 3) test.clock.advance(5 * 60_000);
        return back;
      },
    });
    expect(session.obtainedBy).toBe("login");
    expect(reasons).toStrictEqual([undefined, "configuration", "configuration", "otp_rejected"]);
    expect(test.arrived()).toStrictEqual(["session-token refused: request-token", minted]);
  });

  it.each([
    ["no-redirect-params", "configuration"],
    ["refused-consent", "configuration"],
  ] as const)("that comes back with %s is refused before anything is sent", async (name, code) => {
    await using test = await openTestEnvironment();
    test.play(name);
    const step = await test.provider.begin(test.credentials, test.context);
    const error = await refusalOf(() => test.reply(step, test.sandbox.logInAtPage(pageOf(step), "main")));
    expect(error).toMatchObject({ code, field: "answer" });
    expect([test.context.spent, test.arrived()]).toStrictEqual([[], []]);
  });

  it("takes further words on the redirect", async () => {
    await using test = await openTestEnvironment();
    test.play("more-query");
    expect(await test.login()).toMatchObject({ expiresAt: cutoff });
  });

  it("of another customer is refused, and its session is nowhere kept", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const error = await refusalOf(() =>
      auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "spare") }),
    );
    expect(error).toMatchObject({ code: "invalid_credentials", status: 200 });
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    expect(test.arrived()).toStrictEqual([minted]);
  });

  it("with the wrong API secret is no wrong request token", async () => {
    await using test = await openTestEnvironment({ fields: { apiSecret: "s9demo0apisecret0000000000000002" } });
    const error = await refusalOf(() => test.login());
    expect(error).toMatchObject({ code: "invalid_credentials", brokerCode: "TokenException" });
    expect(error.message).toContain("API secret");
  });

  it.each([
    ["no-token", "protocol_error"],
    ["wrong-type", "protocol_error"],
    ["proto-keys", "protocol_error"],
    ["contradiction", "protocol_error"],
    ["empty-success", "protocol_error"],
    ["truncated-json", "protocol_error"],
    ["huge-body", "protocol_error"],
    ["redirect", "protocol_error"],
    ["reset-after-token", "outcome_unknown"],
    ["server-error", "outcome_unknown"],
    ["rate-limit", "rate_limited"],
    ["forbidden", "broker_unavailable"],
    ["echo-secrets", "protocol_error"],
  ] as const)("that meets %s ends with %s, and shows no secret", async (name, code) => {
    await using test = await openTestEnvironment();
    test.play(name, { times: 1, step: "session-token" });
    const error = await refusalOf(() => test.login());
    expect(error.code).toBe(code);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    for (const secret of Object.values(test.sandbox.accountInput("main")).slice(3)) expect(shown).not.toContain(secret);
  });

  it("takes fields that nobody knows", async () => {
    await using test = await openTestEnvironment();
    test.play("extra-fields");
    expect(await test.login()).toMatchObject({ expiresAt: cutoff });
  });
});

describe("a session", () => {
  it("is dead at 06:00 IST, and needs a person then", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    test.clock.set(cutoff);
    expect(await refusalOf(() => auth.fetch("main", "/orders"))).toMatchObject({ code: "needs_input" });
    expect(test.arrived()).toStrictEqual([minted]);
  });

  it.each([
    ["permission", "permission_denied"],
    ["ip-not-allowed", "ip_not_allowed"],
    ["rate-limit", "rate_limited"],
    ["server-error", "broker_unavailable"],
  ] as const)("lives on after %s, and nobody is asked to log in", async (name, code) => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const { generation } = await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    test.play(name, { times: 1 });
    const given = await auth.fetch("main", "/orders").catch((error: unknown) => error);
    expect(given instanceof Response ? code : given).toSatisfy(
      (seen: unknown) => seen === code || (seen as { code?: string }).code === code,
    );
    expect((await auth.session("main")).generation).toBe(generation);
    expect((await auth.fetch("main", "/orders")).status).toBe(200);
    expect(test.arrived().filter((line) => line === minted)).toHaveLength(1);
  });

  it("survives a 403 without a word, because the probe finds it alive", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const { generation } = await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    test.play("forbidden", { times: 1, step: "orders" });
    await auth.fetch("main", "/orders").catch(() => undefined);
    expect((await auth.session("main")).generation).toBe(generation);
    expect(test.arrived()).toContain("profile accepted");
  });

  it("that a 403 without a word hides everywhere is kept: no login on a 403 alone", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const { generation } = await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    test.play("forbidden");
    await auth.fetch("main", "/orders").catch(() => undefined);
    test.sandbox.clearScenarios();
    expect((await auth.session("main")).generation).toBe(generation);
  });

  it.each(["token", "credentials"])(
    "that ended in the form %s is dead, and the next call needs a person",
    async (form) => {
      await using test = await openTestEnvironment();
      const auth = test.engine();
      await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
      test.play("session-expired", { form });
      expect(await refusalOf(() => auth.fetch("main", "/orders"))).toMatchObject({ code: "needs_input" });
      expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    },
  );

  it.each(["empty", "html"])("that ended in the form %s is found dead by the probe", async (form) => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    test.play("session-expired", { form, times: 1, step: "orders" });
    test.sandbox.journal.clear();
    await auth.fetch("main", "/orders").catch(() => undefined);
    expect(test.arrived()[1]).toMatch(/^profile refused/);
  });

  it("opens the socket with its key and token, and a dead one is told at the handshake", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    const open = async (): Promise<string> => {
      const plan = await auth.socket("main", "market");
      const url = new URL(plan.url);
      for (const [name, value] of Object.entries(plan.query ?? {})) url.searchParams.set(name, value.reveal());
      const socket = new WebSocket(url);
      const heard = await Promise.race([
        once(socket, "message").then(() => "open"),
        once(socket, "error").then(() => "refused"),
      ]);
      socket.close();
      return heard;
    };
    expect(await open()).toBe("open");
    const { generation } = await auth.session("main");
    test.sandbox.masterLogout("main");
    expect(await open()).toBe("refused");
    expect(await auth.refused("main", generation)).toBe("dead");
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
  });

  it("ends by a logout at the broker, whose token in the address reaches no event", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const events: unknown[] = [];
    auth.on((event) => void events.push(event));
    const session = await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url, "main") });
    const token = session.tokens.accessToken.reveal();
    await auth.logout("main");
    expect(test.arrived()).toStrictEqual([minted, "logout accepted"]);
    expect(test.sandbox.journal.entries({ step: "logout" })[0]?.query).toContain(token);
    expect(events.length).toBeGreaterThan(0);
    expect(inspect(events, { depth: 9, showHidden: true }) + JSON.stringify(events)).not.toContain(token);
  });
});
