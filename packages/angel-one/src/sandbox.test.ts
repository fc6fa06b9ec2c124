import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { midnight } from "./testing/answers.ts";
import { opened, refusalOf } from "./testing/scripted-broker.ts";
import { openTestEnvironment } from "./testing/test-environment.ts";

const minted = "login accepted";
const holdings = "/rest/secure/angelbroking/portfolio/v1/getHolding";
const orders = "/rest/secure/angelbroking/order/v1/getOrderBook";
const placeOrder = "/rest/secure/angelbroking/order/v1/placeOrder";

describe("a login", () => {
  it("that nobody sees mints one session, and a second engine on the store adopts it", async () => {
    await using environment = await openTestEnvironment();
    const session = await environment.engine().session("main");
    expect(session).toMatchObject({ obtainedBy: "login", expiresAt: midnight });
    const other = environment.engine();
    expect(await other.session("main")).toMatchObject({ generation: session.generation, obtainedBy: "store" });
    expect((await other.fetch("main", holdings)).status).toBe(200);
    expect(environment.arrived()).toStrictEqual([minted, "getHolding accepted"]);
  });

  it("without a source of codes asks a person, in two processes if need be", async () => {
    await using environment = await openTestEnvironment({ fields: { totpSecret: undefined } });
    expect(await refusalOf(() => environment.engine().session("main"))).toMatchObject({
      code: "needs_input",
      challenge: "totp",
    });
    const first = await environment.engine().beginLogin("main");
    if (first.kind !== "challenge") throw new Error("nothing was asked");
    const value = environment.sandbox.totpCode("main");
    const last = await environment.engine().answerLogin("main", first.handle, { kind: "totp", value });
    expect(last).toMatchObject({ kind: "session" });
    expect(environment.arrived()).toStrictEqual([minted]);
  });

  it("keeps the zero in front of a code", async () => {
    await using environment = await openTestEnvironment();
    environment.play("leading-zero");
    await environment.engine().session("main");
    expect(environment.arrived()).toStrictEqual([minted]);
  });

  it.each([
    ["wrong-totp", {}, "totp_rejected"],
    ["wrong-pin", {}, "invalid_credentials"],
    ["wrong-pin", { text: "USER IS BLOCKED FOR TRADING" }, "account_locked"],
    ["wrong-pin", { code: "AB1000" }, "invalid_credentials"],
    ["wrong-api-key", {}, "configuration"],
    ["lockout", {}, "account_locked"],
    ["internal", {}, "outcome_unknown"],
    ["internal", { code: "AB2001" }, "outcome_unknown"],
    ["access-rate", {}, "broker_unavailable"],
    ["access-rate", { json: true }, "rate_limited"],
    ["forbidden", {}, "broker_unavailable"],
    ["firewall", {}, "protocol_error"],
    ["no-token", {}, "protocol_error"],
    ["wrong-type", {}, "protocol_error"],
    ["proto-keys", {}, "protocol_error"],
    ["contradiction", { kind: "code" }, "protocol_error"],
    ["contradiction", { kind: "success-false" }, "protocol_error"],
    ["contradiction", { kind: "expired" }, "protocol_error"],
    ["echo-secrets", {}, "invalid_credentials"],
    ["reset-after-mint", {}, "outcome_unknown"],
    ["server-error", {}, "outcome_unknown"],
    ["rate-limit", {}, "rate_limited"],
    ["redirect", {}, "protocol_error"],
    ["huge-body", {}, "protocol_error"],
    ["truncated-json", {}, "protocol_error"],
  ] as const)("that meets %s with %j ends with %s after one request, and shows no secret", async (name, more, code) => {
    await using environment = await openTestEnvironment();
    environment.play(name, { ...more, ...(name === "lockout" ? {} : { step: "login" }) });
    const error = await refusalOf(() => environment.login());
    expect(error.code).toBe(code);
    const { apiKey, clientCode, pin, totpSecret } = environment.sandbox.accountInput("main");
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
    for (const secret of [apiKey, clientCode, pin, totpSecret]) expect(shown).not.toContain(secret);
    expect(environment.arrived()).toHaveLength(1);
  });

  it.each(["extra-fields", "bearer-prefix"] as const)("takes %s", async (name) => {
    await using environment = await openTestEnvironment();
    environment.play(name);
    const { session } = await environment.login();
    expect(session.tokens.jwtToken.reveal()).not.toContain(" ");
    expect(await environment.provider.probe!(session, environment.credentials, environment.context)).toBe("alive");
  });

  it("knows the envelopes whose words are texts", async () => {
    await using environment = await openTestEnvironment({ sandbox: { envelope: "strings" } });
    environment.play("wrong-totp", { times: 1 });
    expect((await refusalOf(() => environment.login())).code).toBe("totp_rejected");
  });

  it("with a refused PIN is not tried again by itself, whatever the code", async () => {
    await using environment = await openTestEnvironment({ fields: { pin: "9999" } });
    const auth = environment.engine();
    expect((await refusalOf(() => auth.session("main"))).code).toBe("invalid_credentials");
    environment.clock.advance(120_000);
    expect((await refusalOf(() => auth.session("main"))).code).toBe("login_blocked");
    expect(environment.arrived()).toStrictEqual(["login refused: wrong-pin"]);
  });
});

describe("a session", () => {
  it.each(["AG8001", "AG8002", "AB1010", "AB1011", "services", "401"])(
    "that ended in the form %s is renewed by its refresh token, and PIN and code stay here",
    async (form) => {
      await using environment = await openTestEnvironment();
      const auth = environment.engine();
      await auth.session("main");
      environment.play("session-expired", { form, times: 1 });
      expect((await auth.fetch("main", holdings)).status).toBe(200);
      expect(await auth.session("main")).toMatchObject({ obtainedBy: "renewal" });
      expect(environment.arrived().filter((line) => line.startsWith("login"))).toStrictEqual([minted]);
      expect(environment.arrived()).toContain("renew accepted");
    },
  );

  it.each(["refresh-invalid", "refresh-expired"] as const)(
    "whose renewal meets %s is opened anew by a full login, at once",
    async (name) => {
      await using environment = await openTestEnvironment();
      const auth = environment.engine();
      await auth.session("main");
      environment.play("session-expired", { times: 1 });
      environment.play(name, { times: 1 });
      expect((await auth.fetch("main", holdings)).status).toBe(200);
      expect(environment.arrived().filter((line) => !line.startsWith("getHolding"))).toStrictEqual([
        minted,
        `renew refused: ${name}`,
        minted,
      ]);
    },
  );

  it.each([
    ["firewall", "protocol_error"],
    ["reset-after-mint", "outcome_unknown"],
  ] as const)("whose renewal meets %s fails with %s once, and the next call logs in", async (name, code) => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    await auth.session("main");
    environment.play("session-expired", { times: 1 });
    environment.play(name, { step: "renew" });
    const first = await auth.fetch("main", holdings).catch((error: unknown) => error);
    expect(first).toMatchObject({ code });
    expect((await auth.fetch("main", holdings)).status).toBe(200);
    expect(environment.arrived().filter((line) => line.startsWith("renew"))).toHaveLength(1);
  });

  it("is over at 00:00 IST, and so is what would renew it", async () => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    await auth.session("main");
    environment.clock.set(midnight + 60_000);
    expect((await auth.fetch("main", holdings)).status).toBe(200);
    expect(environment.arrived()).toStrictEqual([
      minted,
      "renew refused: refresh-expired",
      minted,
      "getHolding accepted",
    ]);
  });

  it("is renewed past midnight by a broker that allows it", async () => {
    await using environment = await openTestEnvironment({ sandbox: { renewal: "day" } });
    const auth = environment.engine();
    await auth.session("main");
    environment.clock.set(midnight + 60_000);
    expect(await auth.session("main")).toMatchObject({ obtainedBy: "renewal", expiresAt: midnight + 86_400_000 });
    expect(environment.arrived()).toStrictEqual([minted, "renew accepted"]);
  });

  it.each([
    ["access-rate", {}, "rate_limited"],
    ["access-rate", { json: true }, "rate_limited"],
    ["forbidden", {}, "permission_denied"],
    ["rate-limit", {}, "rate_limited"],
    ["server-error", {}, "broker_unavailable"],
    ["firewall", {}, undefined],
  ] as const)("lives on after %s with %j, without a login", async (name, more, code) => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    const { generation } = await auth.session("main");
    environment.play(name, { ...more, times: 1, step: "getOrderBook" });
    const given = await auth.fetch("main", orders).catch((error: unknown) => error);
    expect((given as { readonly code?: string }).code).toBe(code);
    expect((await auth.session("main")).generation).toBe(generation);
    expect((await auth.fetch("main", orders)).status).toBe(200);
    expect(environment.arrived().filter((line) => line === minted)).toHaveLength(1);
  });

  it("that a 403 without a word hides everywhere is kept: no login on a 403 alone", async () => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    const { generation } = await auth.session("main");
    environment.play("forbidden");
    await auth.fetch("main", orders).catch(() => undefined);
    environment.sandbox.clearScenarios();
    expect((await auth.session("main")).generation).toBe(generation);
    expect(environment.arrived().filter((line) => /^(?:login|renew)/.test(line))).toStrictEqual([minted]);
  });

  it("that ended under 403 is known by its code", async () => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    await auth.session("main");
    environment.play("auth-403", { times: 1, step: "getOrderBook" });
    expect((await auth.fetch("main", orders)).status).toBe(200);
    expect(environment.arrived()).toContain("renew accepted");
  });

  it("lives on after an order from an address that is not listed, and the order is not repeated", async () => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    const { generation } = await auth.session("main");
    environment.play("ip-not-allowed");
    const error = await refusalOf(() => auth.fetch("main", placeOrder, { method: "POST", body: "{}" }));
    expect(error).toMatchObject({ code: "ip_not_allowed", brokerCode: "AG7002" });
    expect((await auth.session("main")).generation).toBe(generation);
    expect(environment.arrived()).toStrictEqual([minted, "placeOrder refused: ip-not-allowed"]);
  });

  it.each(["market", "orders"] as const)(
    "opens the socket for %s, and a dead one is told at the handshake",
    async (purpose) => {
      await using environment = await openTestEnvironment();
      const auth = environment.engine();
      const { generation } = await auth.session("main");
      const open = async (): Promise<string> => {
        const { url, headers, heartbeat } = await auth.socket("main", purpose);
        const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
        const socket = new WebSocket(url, { headers: shown });
        const heard = await new Promise<string>((resolve) => {
          socket.addEventListener("open", () => socket.send(heartbeat?.frame ?? ""));
          socket.addEventListener("message", ({ data }) => resolve(String(data)));
          socket.addEventListener("error", () => resolve("refused"));
        });
        socket.close();
        return heard;
      };
      expect(await open()).toBe("pong");
      environment.sandbox.endSessions("main");
      expect(await open()).toBe("refused");
      expect(await auth.refused("main", generation)).toBe("dead");
    },
  );

  it("ends by a logout at the broker, and what would renew it with it", async () => {
    await using environment = await openTestEnvironment();
    const auth = environment.engine();
    await auth.session("main");
    await auth.logout("main");
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
    expect(environment.arrived()).toStrictEqual([minted, "logout accepted"]);
    environment.clock.advance(60_000);
    const { session, renewal } = await environment.login();
    await environment.provider.revoke!(session, environment.credentials, environment.context);
    const again = environment.provider.renew!(renewal!, environment.credentials, environment.context);
    await expect(again.then(opened)).rejects.toMatchObject({ code: "session_expired" });
  });
});
