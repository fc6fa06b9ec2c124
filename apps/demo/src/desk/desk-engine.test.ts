import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

const fileOf = ({ folder }: TestDesk): string => join(folder, "broker-auth.yaml");

async function edit(test: TestDesk, change: (text: string) => string): Promise<string> {
  const text = change(await readFile(fileOf(test), "utf8"));
  await writeFile(fileOf(test), text);
  return text;
}

describe("a configuration that changes while the desk runs", { timeout: 60_000 }, () => {
  it("takes in no real account where the page's address has no key, and says that a new start is needed", async () => {
    await using test = await TestDesk.open();
    const real = `  real:\n    broker: nubra\n    phone: "9000000009"\n    mpin: "1357"\nuse:`;
    const text = await edit(test, (before) => before.replace(/^use:/m, real));
    expect(await test.post("/use/trading", { account: "hedge" })).toMatchObject({
      failure: {
        code: "configuration",
        message: "accounts.real.environment: is not the sandbox, and the address of this page has no key",
        action: "End the demo and start it again: then its address has one.",
      },
    });
    expect(await readFile(fileOf(test), "utf8")).toBe(text);
    await test.desk.look();
    expect(test.opened.view().accounts.map(({ name }) => name)).toEqual(["main", "hedge", "kite", "angel", "sms"]);
    expect(test.opened.view().configuration.use).toEqual([{ alias: "trading", account: "main" }]);
  });

  it.each<[string, (text: string) => string | undefined, RegExp]>([
    ["is empty", () => "", /names no accounts any more/],
    ["is gone", () => undefined, /cannot be read \(ENOENT\)/],
    ["is no YAML", (text) => `${text}\n  - [`, /the file is not valid, at line \d+/],
    [
      "has an anchor that is not there",
      (text) => text.replace("{ env: DESK_MAIN_MPIN }", "*mpin"),
      /refers to an anchor that is not there/,
    ],
    ["asks for a variable that is not set", (text) => text.replace("DESK_MAIN_MPIN", "DESK_NO_MPIN"), /DESK_NO_MPIN/],
  ])("is told at the field where it %s, and nothing is lost", async (_what, change, message) => {
    await using test = await TestDesk.open();
    const kept = join(test.folder, "kept.yaml");
    await copyFile(fileOf(test), kept);
    const text = change(await readFile(kept, "utf8"));
    await (text === undefined ? rm(fileOf(test)) : writeFile(fileOf(test), text));
    expect(await test.post("/use/trading", { account: "hedge" })).toMatchObject({
      failure: { code: "configuration", message: expect.stringMatching(message) },
    });
    expect(await readFile(fileOf(test), "utf8").catch(() => undefined)).toBe(text);
    expect(await test.post("/accounts/main/login")).toEqual({ kind: "session" });
    await copyFile(kept, fileOf(test));
    expect(await test.post("/use/trading", { account: "hedge" })).toEqual({});
    expect(test.opened.view().configuration.use).toEqual([{ alias: "trading", account: "hedge" }]);
  });

  it("is changed by one request after the other, however many come at once", async () => {
    await using test = await TestDesk.open();
    const words = ["hedge", "sms", "main", "hedge", "sms", "hedge"];
    const answers = await Promise.all(words.map(async (account) => test.post("/use/trading", { account })));
    expect(answers).toEqual(words.map(() => ({})));
    const written = /trading: (\w+)/.exec(await readFile(fileOf(test), "utf8"))?.[1];
    expect(test.opened.view().configuration.use).toEqual([{ alias: "trading", account: written }]);
  });

  it("cuts no login of the strategy short", async () => {
    await using test = await TestDesk.open();
    const { nubra, journal } = test.sandbox;
    nubra.setScenario("main", { name: "slow", step: "verifypin", times: 1, ms: 800 });
    test.desk.start();
    await journal.until({ account: "main", step: "totp-login", outcome: "accepted" });
    expect(await test.post("/use/trading", { account: "hedge" })).toEqual({});
    await expect.poll(() => test.desk.account("main")?.state === "logged_in", { timeout: 20_000 }).toBe(true);
    expect(journal.count({ account: "main", step: "totp-login" })).toBe(1);
    expect(test.desk.logins()).toMatchObject({ main: 1 });
  });

  it("keeps the calls of an account apart whatever its name is", async () => {
    await using test = await TestDesk.open({
      strategy: true,
      config: async (folder, sandbox) => {
        const [main] = sandbox.nubra.accounts();
        const { phone, mpin, totpSecret } = main ?? {};
        const constructor = {
          broker: "nubra",
          environment: "sandbox",
          baseUrl: sandbox.nubra.url,
          phone,
          mpin,
          totpSecret,
        };
        const file = join(folder, "mine.json");
        await writeFile(file, JSON.stringify({ accounts: { constructor }, use: { trading: "constructor" } }));
        return file;
      },
    });
    const risk = (): unknown => test.opened.view().strategy.workers.find(({ job }) => job === "risk")?.lanes;
    await expect.poll(risk, { timeout: 20_000 }).toMatchObject([
      {
        name: "constructor",
        account: "constructor",
        broker: "nubra",
        outcomes: expect.arrayContaining([expect.anything()]),
      },
    ]);
  });
});
