import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** A request with exactly these headers: fetch would not send some of them. */
function ask(
  address: string,
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
  body = "",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, address), { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const form = "application/x-www-form-urlencoded";

describe("the desk's server", () => {
  it("allows its page nothing but its own files, and nobody to frame it", async () => {
    await using test = await TestDesk.open();
    const { headers } = await ask(test.server.address, "/");
    expect(headers).toMatchObject({
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  it("serves a page without inline scripts, styles or foreign addresses", async () => {
    await using test = await TestDesk.open();
    const { text } = await ask(test.server.address, "/");
    const [...scripts] = text.matchAll(/<script[^>]*>([^<]*)<\/script>/g);
    expect(scripts.map(([, content]) => content)).toEqual([""]);
    expect(text).not.toMatch(/<style|style=| on\w+=|https?:/);
    const assets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets)
      expect(await ask(test.server.address, path)).toMatchObject({
        status: 200,
        headers: { "cache-control": expect.stringContaining("immutable") },
      });
    expect(await ask(test.server.address, "/assets/other.js")).toMatchObject({
      status: 404,
      headers: { "cache-control": "no-store" },
    });
  });

  it("takes a form from its own page only", async () => {
    await using test = await TestDesk.open();
    const { origin } = new URL(test.server.address);
    const attempts: Record<string, Record<string, string>> = {
      "no origin": { "content-type": form },
      "another origin": { "content-type": form, origin: "https://evil.example" },
      "a null origin": { "content-type": form, origin: "null" },
      "the same host on another port": { "content-type": form, origin: "http://127.0.0.1:1" },
      "another site by name": { "content-type": form, "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      JSON: { "content-type": "application/json", origin },
      "nearly a form, from elsewhere": { "content-type": `${form}_`, origin: "https://evil.example" },
      "nearly a form": { "content-type": `${form}_`, origin },
      "plain text": { "content-type": "text/plain", origin },
      "no type": { origin },
    };
    for (const [title, headers] of Object.entries(attempts)) {
      const { status } = await ask(test.server.address, "/accounts/sms/login", "POST", headers, "a=b");
      expect({ title, refused: status === 403 || status === 415 }).toEqual({ title, refused: true });
    }
    expect(test.sandbox.journal.count()).toBe(0);
    const own = await ask(test.server.address, "/accounts/sms/login", "POST", { "content-type": form, origin });
    expect(own.status).toBe(200);
    expect(test.sandbox.journal.count({ step: "sendphoneotp" })).toBe(1);
  });

  it("answers to no other name than this computer's", async () => {
    await using test = await TestDesk.open();
    for (const path of ["/", "/desk", "/desk/stream"]) {
      const { status, text } = await ask(test.server.address, path, "GET", { host: "desk.evil.example" });
      expect({ status, text }).toEqual({ status: 403, text: "This page is only for the computer it runs on." });
    }
  });

  it("takes no more than a form's worth", async () => {
    await using test = await TestDesk.open();
    const { origin } = new URL(test.server.address);
    const answer = await ask(
      test.server.address,
      "/use/trading",
      "POST",
      { "content-type": form, origin },
      `account=${"a".repeat(5000)}`,
    );
    expect(answer.status).toBe(413);
  });

  it("holds a pending login by a handle that is good once, and tells the page nothing else of it", async () => {
    await using test = await TestDesk.open();
    const begun = (await test.post("/accounts/sms/login")) as { handle: string; challenge: object };
    expect(begun).toEqual({
      kind: "challenge",
      challenge: {
        kind: "otp",
        sentTo: "phone ending in 02",
        attemptsLeft: expect.any(Number),
        expiresAt: expect.any(Number),
      },
      handle: expect.stringMatching(/^[\w-]{43}$/),
    });
    const value = test.sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
    const answer = { handle: begun.handle, kind: "otp", value };
    expect(await test.post("/accounts/sms/answer", answer)).toEqual({ kind: "session" });
    expect(await test.post("/accounts/sms/answer", answer)).toMatchObject({ failure: { code: "challenge_expired" } });
  });

  it.each([
    ["/accounts/nobody/login", {}, "account"],
    ["/accounts/sms/answer", { kind: "otp", value: "123456" }, "handle"],
    ["/accounts/sms/answer", { handle: "x", kind: "otp", value: "12 34 5x" }, "value"],
    ["/accounts/sms/answer", { handle: "x", kind: "mpin", value: "123" }, "value"],
    ["/accounts/sms/answer", { handle: "x", kind: "totp", value: "12345" }, "value"],
    ["/accounts/sms/answer", { handle: "x", kind: "fingerprint", value: "1" }, "kind"],
    ["/accounts/sms/answer", { handle: "x", kind: "constructor", value: "1" }, "kind"],
    ["/accounts/sms/answer", { handle: "x", kind: "__proto__", value: "1" }, "kind"],
    ["/accounts/sms/enrolment/confirm", {}, "enrolment"],
    ["/accounts/main/enrolment", {}, "account"],
    ["/use/trading", { account: " " }, "account"],
    ["/use/trading", { account: "nobody" }, "use.trading"],
    ["/use/elsewhere", { account: "main" }, "use.elsewhere"],
    ["/clock", { time: "9.15" }, "time"],
    ["/scenarios/flood", {}, "scenario"],
  ])("names the field that is wrong: %s %o", async (path, fields, field) => {
    await using test = await TestDesk.open();
    const answer = (await test.post(path, fields)) as { failure?: { message: string } };
    expect(answer).toMatchObject({ failure: { code: "configuration", field } });
    expect(test.sandbox.journal.count()).toBe(0);
  });

  it("serves the files of its page, and no other", async () => {
    await using test = await TestDesk.open();
    for (const path of [
      "/.env",
      "/broker-auth.yaml",
      "/assets/..%2f..%2f.env",
      "/assets/../../.env",
      "/source/",
      "/page/",
    ])
      expect(await ask(test.server.address, path)).toMatchObject({ status: 404 });
  });

  it("says of a refused answer whether the login takes another one", async () => {
    await using test = await TestDesk.open();
    const { handle } = (await test.post("/accounts/sms/login")) as { readonly handle: string };
    const answer = { handle, kind: "otp", value: "123456" };
    test.sandbox.nubra.setScenario("sms", { name: "lockout", step: "verifyphoneotp", times: 1 });
    expect(await test.post("/accounts/sms/answer", answer)).toMatchObject({
      failure: { code: "account_locked", over: true },
    });
    expect(await test.post("/accounts/sms/answer", { ...answer, value: "12" })).not.toHaveProperty("failure.over");
  });

  it("lets the sandbox's broker unlock an account, and unlocks it here as well", async () => {
    await using test = await TestDesk.open();
    test.sandbox.nubra.setScenario("sms", { name: "lockout", step: "sendphoneotp", times: 1 });
    await test.post("/accounts/sms/login");
    const locked = test.desk.account("sms");
    expect(locked).toMatchObject({ name: "sms", state: "login_blocked", blockedBy: "account_locked" });
    expect(await test.post("/accounts/sms/unlock-at-broker")).toEqual({});
    expect(test.desk.account("sms")).toMatchObject({ name: "sms", state: "logged_out" });
    expect(await test.post("/accounts/sms/login")).toMatchObject({ kind: "challenge" });
  });

  it("refuses to confirm an enrolment that nobody began", async () => {
    await using test = await TestDesk.open();
    expect(await test.post("/accounts/sms/enrolment/confirm", { enrolment: "x" })).toMatchObject({
      failure: { code: "challenge_expired" },
    });
  });

  it("gives nothing away without the key where there is one, and takes it out of the address", async () => {
    await using test = await TestDesk.open({ keyed: true });
    const { address } = test.server;
    for (const path of ["/", "/desk", "/?key=wrong", "/assets/a.js"])
      expect(await ask(address, new URL(path, new URL(address).origin).href)).toMatchObject({ status: 403 });
    const entered = await ask(address, address);
    expect(entered).toMatchObject({ status: 302, headers: { location: "/" } });
    const cookie = String(entered.headers["set-cookie"]);
    expect(cookie).toMatch(/^desk-key=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await ask(address, "/desk", "GET", { cookie: cookie.split(";")[0] ?? "" })).toMatchObject({ status: 200 });
  });
});
