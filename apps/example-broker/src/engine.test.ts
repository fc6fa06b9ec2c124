import { memoryStore } from "@x/core";
import { describe, expect, it } from "vitest";
import { demoApp, demoCustomers } from "./sandbox/sandbox.ts";
import { openTestEnvironment, pageOf, refusalOf } from "./testing/test-environment.ts";

const minted = "POST /session/token accepted";
const cutoff = Date.UTC(2031, 2, 4, 0, 30);

describe("the engine with a broker that logs in by redirect", () => {
  it("logs in by its handler, and a second engine on the store adopts the session", async () => {
    await using test = await openTestEnvironment();
    const pages: string[] = [];
    const session = await test.engine().login("main", {
      redirect({ url }) {
        pages.push(url);
        return test.sandbox.logInAtPage(url);
      },
    });
    expect(session).toMatchObject({ obtainedBy: "login", expiresAt: cutoff });
    expect(pages).toHaveLength(1);
    const other = test.engine();
    expect(await other.session("main")).toMatchObject({ generation: session.generation, obtainedBy: "store" });
    expect((await other.fetch("main", "/portfolio/holdings")).status).toBe(200);
    expect(test.sandbox.journal.lines()).toStrictEqual([minted, "GET /portfolio/holdings accepted"]);
  });

  it("cannot log in unattended, and says what for: nothing is sent", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const facts = { code: "needs_input", challenge: "redirect", account: "main" };
    expect(await refusalOf(() => auth.session("main"))).toMatchObject(facts);
    expect(await refusalOf(() => auth.login("main"))).toMatchObject(facts);
    expect(test.sandbox.journal.lines()).toStrictEqual([]);
  });

  it("asks again after an answer that could not be sent, and after a request token that was refused", async () => {
    await using test = await openTestEnvironment();
    const stale = new URL(
      await test.sandbox.logInAtPage(pageOf(await test.provider.begin(test.credentials, test.context))),
    );
    const answers = [
      () => "not an address",
      () => stale.href,
      () => stale.searchParams.get("request_token") ?? "",
      (url: string) => test.sandbox.logInAtPage(url),
    ];
    test.clock.advance(5 * 60_000);
    const reasons: (string | undefined)[] = [];
    const session = await test.engine().login("main", {
      redirect({ url, refused }) {
        reasons.push(refused?.code);
        return answers[reasons.length - 1]?.(url) ?? "";
      },
    });
    expect(session.obtainedBy).toBe("login");
    expect(reasons).toStrictEqual([undefined, "configuration", "configuration", "otp_rejected"]);
    expect(test.sandbox.journal.lines()).toStrictEqual(["POST /session/token refused: expired-token", minted]);
  });

  it("never sends a refused request token again", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const token = "0123456789abcdef";
    expect(await refusalOf(() => auth.login("main", { redirect: () => token }))).toMatchObject({
      code: "login_blocked",
    });
    expect(test.sandbox.journal.arrivals).toHaveLength(1);
  });

  it("logs in step by step, as a web page does, and the handle is good once", async () => {
    await using test = await openTestEnvironment();
    const begun = await test.engine().beginLogin("main");
    if (begun.kind !== "challenge") throw new Error("nothing was asked");
    const value = await test.sandbox.logInAtPage(pageOf(begun));
    // Another process may have the browser's way back.
    const auth = test.engine();
    const answer = { kind: "redirect", value } as const;
    expect(await auth.answerLogin("main", begun.handle, answer)).toMatchObject({ kind: "session" });
    const again = await refusalOf(() => auth.answerLogin("main", begun.handle, answer));
    expect(again.code).toBe("challenge_expired");
    expect(test.sandbox.journal.lines()).toStrictEqual([minted]);
  });

  it("keeps a session to the minute before 06:00 IST, and logs in by hand after it", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const handlers = { redirect: ({ url }: { readonly url: string }) => test.sandbox.logInAtPage(url) };
    await auth.login("main", handlers);
    test.clock.set(cutoff - 60_001);
    expect((await auth.fetch("main", "/portfolio/holdings")).status).toBe(200);
    test.clock.set(cutoff);
    expect(await refusalOf(() => auth.session("main"))).toMatchObject({ code: "needs_input", challenge: "redirect" });
    expect(await auth.status("main")).toMatchObject({ state: "expired" });
    expect(await auth.login("main", handlers)).toMatchObject({ expiresAt: cutoff + 86_400_000 });
  });

  it("meets a dead session on a read, and waits for a person instead of trying", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url) });
    test.sandbox.endSessions(demoCustomers[0]);
    for (let call = 0; call < 2; call++) {
      const error = await refusalOf(() => auth.fetch("main", "/portfolio/holdings"));
      expect(error).toMatchObject({ code: "needs_input", challenge: "redirect" });
    }
    expect(test.sandbox.journal.lines()).toStrictEqual([minted, "GET /portfolio/holdings refused: dead-session"]);
  });

  it("keeps the session when a permission is missing", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    const { generation } = await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url) });
    expect(await refusalOf(() => auth.fetch("main", "/reports"))).toMatchObject({ code: "permission_denied" });
    expect(await auth.session("main")).toMatchObject({ generation });
  });

  it("lets older sessions live beside a new one, as the broker does", async () => {
    await using test = await openTestEnvironment();
    const [one, two] = [test.engine(memoryStore()), test.engine(memoryStore())];
    for (const auth of [one, two]) await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url) });
    for (const auth of [one, two]) expect((await auth.fetch("main", "/portfolio/holdings")).status).toBe(200);
  });

  it("has one set of headers, which end at the broker by a logout", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine();
    await auth.login("main", { redirect: ({ url }) => test.sandbox.logInAtPage(url) });
    const headers = await auth.headers("main");
    expect(headers["authorization"]).toMatch(new RegExp(`^token ${demoApp.apiKey}:\\S+$`));
    const purposeful = await refusalOf(() => auth.headers("main", { purpose: "quotes" }));
    expect(purposeful).toMatchObject({ code: "configuration", field: "purpose" });
    await auth.logout("main");
    expect(test.sandbox.journal.lines().at(-1)).toBe("DELETE /session/token accepted");
    expect((await fetch(`${test.sandbox.url}/user/profile`, { headers })).status).toBe(403);
    expect(await auth.status("main")).toMatchObject({ state: "logged_out" });
  });
});
