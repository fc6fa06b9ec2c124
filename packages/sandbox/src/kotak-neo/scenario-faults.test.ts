import { describe, expect, test } from "vitest";
import { createJournal } from "../journal.ts";
import { startElsewhere } from "../elsewhere.ts";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import { call, get, hedge, logIn, sendLogin, sendValidate, stoppedClock, tradeHeaders } from "./plain-client.ts";

const start = (): Promise<KotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

describe("the broker cannot answer", () => {
  test("rate-limit with and without Retry-After spends no code and burns no pair", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "rate-limit", retryAfterSeconds: 7, times: 1 });
    const totp = sandbox.totpCode("hedge");
    const refused = await sendLogin(sandbox, { body: { totp } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("7");
    const view = await sendLogin(sandbox, { body: { totp } });
    sandbox.setScenario("hedge", { name: "rate-limit", times: 1 });
    const again = await sendValidate(sandbox, view.data);
    expect(again.status).toBe(429);
    expect(again.headers.get("retry-after")).toBeNull();
    expect((await sendValidate(sandbox, view.data)).data["kType"]).toBe("Trade");
    expect(sandbox.journal.count({ outcome: "fault: rate-limit" })).toBe(2);
  });

  test("upstream is 424", async () => {
    await using sandbox = await start();
    sandbox.setScenario("*", { name: "upstream", times: 1 });
    const answer = await sendLogin(sandbox);
    expect(answer.status).toBe(424);
    expect(answer.body).toEqual({
      status: "error",
      errorCode: "424",
      message: "dependency error, retry after a few seconds",
    });
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test.each([500, 503, 504])("server-error can be %i", async (status) => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "server-error", status, times: 1 });
    const answer = await sendLogin(sandbox);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ status: "error", errorCode: String(status), message: "Internal error" });
  });

  test.each([200, 401, 502])("html-page can come under %i", async (status) => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "html-page", status });
    for (const answer of [await sendLogin(sandbox), await get(sandbox, ORDERS, tradeHeaders(session))]) {
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
      expect(answer.text).toMatch(/^<!DOCTYPE html>/);
    }
  });

  test("a 500 can hide that the step took effect", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "server-error", step: "validate", acted: true, times: 1 });
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, view.data)).status).toBe(500);
    expect(sandbox.accounts()[0]).toMatchObject({ minted: 1 });
    expect(sandbox.journal.entries({ step: "validate" })[0]).toMatchObject({
      outcome: "accepted",
      notes: ["fault: server-error"],
    });
  });
});

describe("the way to the broker is broken", () => {
  test("slow answers late, with the effect at once", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "slow", ms: 40, times: 1 });
    const sentAt = performance.now();
    const answer = sendLogin(sandbox);
    await sandbox.journal.until({ step: "login", outcome: "accepted" });
    expect((await answer).status).toBe(200);
    // Node's timers may fire a millisecond early.
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(39);
  });

  test("slow-bytes answers in drops, and completely", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "slow-bytes", everyMs: 1 });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect(sandbox.journal.entries().at(-1)).toMatchObject({ outcome: "accepted", notes: ["fault: slow-bytes"] });
  });

  test("hang never answers and has no effect, unless it is told to act", async () => {
    await using sandbox = await start();
    for (const [acted, minted] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const view = await sendLogin(sandbox);
      sandbox.setScenario("hedge", { name: "hang", acted, times: 1 });
      const mark = sandbox.journal.mark();
      const patience = new AbortController();
      const hanging = call(`${sandbox.loginUrl}/login/1.0/tradeApiValidate`, {
        method: "POST",
        headers: tradeHeaders(view.data, { authorization: hedge.accessToken, "content-type": "application/json" }),
        body: JSON.stringify({ mpin: hedge.mpin }),
        signal: patience.signal,
      });
      await sandbox.journal.until({ step: "validate", after: mark, outcome: acted ? "accepted" : "fault" });
      patience.abort();
      await expect(hanging).rejects.toThrow("aborted");
      expect(sandbox.accounts()[0]).toMatchObject({ minted });
    }
  });

  test("reset cuts the connection without an effect: the pair is still good", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    sandbox.setScenario("hedge", { name: "reset", times: 1 });
    await expect(sendValidate(sandbox, view.data)).rejects.toThrow("fetch failed");
    expect((await sendValidate(sandbox, view.data)).data["kType"]).toBe("Trade");
  });

  test("reset-after-validate cuts the connection when the session is made; call 1 is left alone", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "reset-after-validate", times: 1 });
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, { token: "x", sid: "y" })).body).toMatchObject({ stCode: 100_022 });
    await expect(sendValidate(sandbox, view.data)).rejects.toThrow("fetch failed");
    expect(sandbox.accounts()[0]).toMatchObject({ minted: 1 });
    expect(sandbox.journal.entries().at(-1)?.notes).toEqual(["fault: reset-after-validate"]);
    expect((await sendValidate(sandbox, view.data)).body).toMatchObject({ stCode: 100_022 });
    expect((await logIn(sandbox))["kType"]).toBe("Trade");
  });

  test.each([301, 302, 307, 308])(
    "redirect %i points to the other origin, which counts who follows",
    async (status) => {
      const journal = createJournal();
      const clock = stoppedClock();
      const elsewhere = await startElsewhere({ journal, now: () => clock.now() });
      await using sandbox = await startKotakNeoSandbox({ clock, journal, elsewhereUrl: elsewhere.url });
      sandbox.setScenario("hedge", { name: "redirect", status });
      const answer = await sendLogin(sandbox);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("location")).toBe(`${elsewhere.url}/login/1.0/tradeApiLogin`);
      expect(journal.count({ listener: "elsewhere" })).toBe(0);
      await call(answer.headers.get("location") ?? "");
      expect(journal.count({ listener: "elsewhere" })).toBe(1);
      await elsewhere.close();
    },
  );

  test("a redirect can point anywhere", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "redirect", location: "https://login.example.net/", times: 1 });
    expect((await sendLogin(sandbox)).headers.get("location")).toBe("https://login.example.net/");
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test("huge-body and gzip-bomb exceed any cap", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "huge-body", bytes: 3_000_000, times: 1 });
    expect((await sendLogin(sandbox)).text.length).toBe(3_000_000);
    sandbox.setScenario("hedge", { name: "gzip-bomb", bytes: 4 * 1024 * 1024, times: 1 });
    const bomb = await sendLogin(sandbox);
    expect(bomb.headers.get("content-encoding")).toBe("gzip");
    expect(Number(bomb.headers.get("content-length"))).toBeLessThan(20_000);
    expect(bomb.text.length).toBeGreaterThan(4_000_000);
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test.each(["slow", "huge-body", "gzip-bomb"] as const)("%s is noted beside the outcome", async (name) => {
    await using sandbox = await start();
    sandbox.scenarios.set("hedge", { name, ms: 1, bytes: 1000, times: 1 });
    await sendLogin(sandbox);
    expect(sandbox.journal.entries()).toMatchObject([{ outcome: "accepted", notes: [`fault: ${name}`] }]);
  });

  test("truncated-json ends half way, cleanly or with the connection", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "truncated-json", times: 1 });
    const half = await sendLogin(sandbox);
    // The broker did its work: only the note tells that its answer was lost.
    expect(sandbox.journal.entries()).toMatchObject([{ outcome: "accepted", notes: ["fault: truncated-json"] }]);
    expect(half.status).toBe(200);
    expect(half.text).toMatch(/^\{"data":\{"token":/);
    expect(half.body).toBeUndefined();
    sandbox.setScenario("hedge", { name: "truncated-json", cut: true, times: 1 });
    await expect(sendLogin(sandbox)).rejects.toThrow("terminated");
  });
});
