import {
  type AttemptOutcome,
  type BrokerAuthEvent,
  type BrokerAuthOptions,
  type Challenge,
  createBrokerAuth,
  errorCodes,
  memoryStore,
  type SessionOptions,
  type Clock,
} from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import { demoAccounts } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, said } from "./program-folder.ts";

const readme = readMarkdown("packages/core/README.md");
const [program = "", byKy = "", asking = ""] = readme.blocks.flatMap(({ language, text }) =>
  language === "ts" ? [text] : [],
);

describe("the README of @x/core", { timeout: 60_000 }, () => {
  it("has a smallest program that logs in once, however often it is run", async () => {
    await using folder = await openProgramFolder();
    await folder.write({ "program.ts": program });
    for (let run = 0; run < 2; run++) {
      expect(await folder.run("program.ts")).toStrictEqual({ code: 0, stdout: "200\n", stderr: "" });
    }
    expect(folder.sandbox.journal.count({ step: "verifypin" })).toBe(1);
    expect(folder.sandbox.journal.count({ step: "userinfo", outcome: "accepted" })).toBe(2);
  });

  it("reads and trades by ky as it shows: an answer that is about the request is logged without its parts", async () => {
    await using folder = await openProgramFolder();
    // What the README leaves out: the order, and an answer that refuses it.
    const [imports = "", ...rest] = byKy.split("\n\n");
    const before = `
      import { accountFromEnv } from "@x/config";
      import { createBrokerAuth, memoryStore } from "@x/core";
      import { nubra } from "@x/nubra";
      const order = { note: "invented" };
      const answering: typeof fetch = (input, init) =>
        String(input).endsWith("/single")
          ? Promise.resolve(Response.json({ error: "quantity" }, { status: 422 }))
          : fetch(input, init);
      const auth = createBrokerAuth({
        brokers: [nubra()],
        accounts: { main: accountFromEnv(nubra()) },
        store: memoryStore(),
        fetch: answering,
      });
    `;
    await folder.write({ "program.ts": `${imports}${before}${rest.join("\n\n")}` });
    const { code, stdout, stderr } = await folder.run("program.ts");
    expect({ code, stdout, stderr }).toStrictEqual({ code: 0, stdout: "1\n", stderr: "POST /orders/v2/single 422\n" });
  });

  it.each(asking.split("\n\n"))("asks a person as it shows: %s", async (fragment) => {
    await using folder = await openProgramFolder();
    const sms = demoAccounts.nubra.find(({ name }) => name === "sms");
    // What the README leaves out: accounts, store, and the prompt.
    const before = `
      import { createInterface } from "node:readline/promises";
      import { accountFromEnv } from "@x/config";
      import { createBrokerAuth, memoryStore } from "@x/core";
      import { nubra } from "@x/nubra";
      const person = createInterface(process.stdin, process.stdout);
      const ask = (question: string) => person.question(question + ": ");
      const auth = createBrokerAuth({ brokers: [nubra()], accounts: { main: accountFromEnv(nubra()) }, store: memoryStore() });
      auth.on(({ type }) => console.log("event", type));
    `;
    const after = "\nawait auth.session('main'); person.close();";
    await folder.write({ "program.ts": before + fragment + after });
    const env = { NUBRA_PHONE: sms?.phone, NUBRA_MPIN: undefined, NUBRA_TOTP_SECRET: undefined };
    const { code, stdout, stderr } = await folder.run("program.ts", {
      env,
      answer(shown) {
        if (/mpin: $/i.test(shown)) return sms?.mpin;
        if (/(sms to \D+\d\d|otp): $/i.test(shown)) return folder.sandbox.nubra.inbox("sms").at(-1)?.code;
        return undefined;
      },
    });
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("event session");
    expect(stdout.endsWith(said(fragment))).toBe(true);
  });

  it("has no other program", () => {
    expect(readme.blocks.filter(({ language }) => language === "ts")).toHaveLength(3);
  });

  it("names every option, and nothing else", () => {
    const options = {
      brokers: true,
      accounts: true,
      use: true,
      store: true,
      timeoutMs: true,
      concurrency: true,
      program: true,
      fetch: true,
      clock: true,
      random: true,
    } satisfies Record<keyof BrokerAuthOptions<NubraProvider, "main", never>, true>;
    const clock = { now: true, sleep: true, monotonic: true } satisfies Record<keyof Clock, true>;
    expect(readme.firstCells("Options")).toStrictEqual(Object.keys(options));
    for (const name of Object.keys(clock)) expect(readme.section("Options")).toContain(`\`${name}\``);
  });

  it("names every method, and nothing else", () => {
    const auth = createBrokerAuth({
      brokers: [nubra(), kotakNeo()],
      accounts: { main: { broker: "nubra", phone: "9000000001" } },
      store: memoryStore(),
    });
    const rows = [...readme.section("Methods").matchAll(/^\| (`.+?`) *\|/gm)].map(([, cell = ""]) => cell);
    const named = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    expect(named.toSorted()).toStrictEqual(Object.keys(auth).toSorted());
    const session = { validUntil: true, signal: true, newest: true } satisfies Record<keyof SessionOptions, true>;
    for (const name of Object.keys(session)) expect(readme.section("Methods")).toContain(`\`${name}\``);
  });

  it("is right that a session which cannot last so long is refused with the furthest time", async () => {
    await using test = await openTestEnvironment({ sandbox: { nubra: { lifetimes: { sessionMs: 5 * 3_600_000 } } } });
    const auth = test.engine({ store: memoryStore() });
    const beyond = test.clock.now() + 8 * 3_600_000;
    await expect(auth.session("main", { validUntil: beyond })).rejects.toThrow(/2031-03-03 16:00:1\d IST/);
    expect(test.sandbox.journal.count({ step: "verifypin" })).toBe(0);
    // Within what the broker documents, and beyond what it grants.
    const granted = auth.session("main", { validUntil: beyond - 2 * 3_600_000 });
    await expect(granted).rejects.toThrow(/2031-03-03 14:00:1\d IST/);
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(test.sandbox.journal.count({ step: "verifypin" })).toBe(1);
  });

  it("is right that two early ends within ten minutes stop automatic logins until these are over", async () => {
    await using test = await openTestEnvironment();
    const auth = test.engine({ store: memoryStore() });
    await auth.session("main");
    const read = async (): Promise<number> => (await auth.fetch("main", "/portfolio/holdings")).status;
    test.sandbox.nubra.otherDeviceLogin("main");
    expect(await read()).toBe(200);
    test.sandbox.nubra.otherDeviceLogin("main");
    await expect(read()).rejects.toMatchObject({ code: "session_replaced" });
    expect(await auth.login("main")).toMatchObject({ obtainedBy: expect.any(String) as string });
    for (const _ of [1, 2]) {
      test.sandbox.nubra.otherDeviceLogin("main");
      await read().catch(() => undefined);
    }
    await expect(read()).rejects.toMatchObject({ code: "session_replaced" });
    test.clock.advance(600_000);
    expect(await read()).toBe(200);
  });

  it("is right that the same wrong OTP brings the challenge again as login_blocked, and is not sent", async () => {
    await using test = await openTestEnvironment();
    const sms = demoAccounts.nubra.find(({ name }) => name === "sms");
    const auth = test.engine({
      store: memoryStore(),
      main: { phone: sms?.phone ?? "", mpin: sms?.mpin, totpSecret: undefined },
    });
    const refusals: unknown[] = [];
    const login = auth.login("main", {
      otp({ refused }) {
        if (refused !== undefined) refusals.push([refused.code, refused.action]);
        return refusals.length < 2 ? "0000000" : (test.sandbox.nubra.inbox("sms").at(-1)?.code ?? "");
      },
    });
    expect(await login).toMatchObject({ obtainedBy: "login" });
    expect(refusals).toStrictEqual([
      ["otp_rejected", errorCodes.otp_rejected.action],
      ["login_blocked", "Ask for a new code, and give that one."],
    ]);
    expect(test.sandbox.journal.count({ step: "verifyphoneotp" })).toBe(2);
  });

  it("names every challenge", () => {
    const challenges = { otp: true, totp: true, mpin: true, redirect: true } satisfies Record<Challenge["kind"], true>;
    expect(readme.firstCells("What it may ask the user for")).toStrictEqual(Object.keys(challenges));
  });

  it("has a row for every outcome of an attempt", () => {
    const outcomes = {
      not_sent: "not sent",
      not_looked_at: "not looked at",
      refused: "refused",
      unknown: "unknown",
      not_understood: "not understood",
    } satisfies Record<AttemptOutcome, string>;
    for (const row of Object.values(outcomes))
      expect(readme.section("What happens to an attempt")).toMatch(new RegExp(`^\\| ${row} `, "m"));
  });

  it("names every event", () => {
    const events = {
      session: true,
      session_ended: true,
      login_started: true,
      waiting: true,
      challenge: true,
      failed: true,
      unlocked: true,
      warning: true,
    } satisfies Record<BrokerAuthEvent["type"], true>;
    for (const type of Object.keys(events)) expect(readme.section("Events")).toContain(`\`${type}\``);
  });

  it("lists every error code under what to do about it", () => {
    const lists = readme.section("Errors").split(/^- /m).slice(1);
    const listed = lists.flatMap((list) => {
      const [advice = "", ...codes] = [...list.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      return codes.map((code) => `${code} ${advice}`);
    });
    const wanted = Object.entries(errorCodes).map(([code, { retry }]) => `${code} ${retry}`);
    expect(listed.toSorted()).toStrictEqual(wanted.toSorted());
  });
});
