import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sandbox } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { qrPicture } from "../src/desk/enrolment.ts";
import { found } from "./testing/byte-tap.ts";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

// Values that nothing else can contain by chance.
const planted = {
  nubra: [
    {
      name: "main",
      phone: "9000047153",
      email: "planted@example.com",
      mpin: "804613",
      totpSecret: "PLANTEDNUBRASECRETPLANTED2345672",
      userId: 7,
    },
    { name: "sms", phone: "9000069381", email: "texted@example.com", mpin: "715928", userId: 8 },
  ],
  kotakNeo: [
    {
      name: "hedge",
      accessToken: "5a4db0c5-7777-4000-8000-00000bade5a1",
      mobileNumber: "+919000058264",
      ucc: "QW83P",
      mpin: "915724",
      totpSecret: "PLANTEDKOTAKSECRETPLANTED2345672",
    },
  ],
};

describe.skipIf(noChromium)("secrets and the browser", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("keeps every credential and every token out of all bytes that the browser receives, but for the one picture of a secret that is enrolled", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true, accounts: planted, tapped: true });
    const { page, test } = desk;
    await desk.live("main", "hedge");
    // A broker whose errors repeat what was sent.
    test.sandbox.nubra.setScenario("main", { name: "echo-secrets", step: "userinfo", times: 3 });
    test.sandbox.kotakNeo.setScenario("hedge", { name: "echo-secrets", step: "limits", times: 3 });
    test.sandbox.nubra.setScenario("sms", { name: "echo-secrets", step: "sendphoneotp", times: 1 });
    await desk.button("Log in sms").click();
    await desk.card("sms").getByRole("alert").filter({ hasText: /./ }).waitFor();
    await desk.button("Log in sms").click();
    await page.getByLabel("Code sent to the phone ending in 81").fill("123");
    await page.keyboard.press("Enter");
    await page.getByLabel("Code sent to the phone ending in 81").fill(await desk.texted("sms", 1));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    await desk.button("Set up TOTP for sms").click();
    await desk.button("Make the secret").click();
    await page.getByRole("img").waitFor();
    await desk.button("Turn TOTP on").click();
    await desk.button("Done").click();
    const enrolled = (await readFile(join(test.folder, "secrets/sms-totp"), "utf8")).trim();
    await desk.cause("Another device logs in");
    await desk.cause("Wrong PIN in the configuration");
    await desk.button("Log out hedge").click();
    await desk.card("hedge").getByText("Logged out by you").waitFor();

    const bytes = desk.received;
    const secrets = [...credentials(), enrolled, ...tokens(test.sandbox)];
    expect(new Set(secrets).size).toBeGreaterThan(25);
    expect(bytes.length).toBeGreaterThan(200_000);
    // The scan would find them: what may be seen is found.
    expect(found(bytes, ["Code sent", "sms-totp"])).not.toEqual([]);
    expect(found(bytes, secrets)).toEqual([]);
    const picture = qrPicture(`otpauth://totp/nubra:sms?secret=${enrolled}&issuer=nubra`);
    expect(bytes.toString("latin1").split(JSON.stringify(picture))).toHaveLength(2);
    expect(desk.complaints).toEqual([]);
  });

  it("shows a user's own accounts without the sandbox, its scenarios and what the file holds, and only to who has the key", async () => {
    const literal = async (folder: string, { nubra, kotakNeo }: Sandbox): Promise<string> => {
      const [{ name: _, email: __, userId: ___, ...main } = { name: "", email: "", userId: 0 }] = planted.nubra;
      const [{ name: ____, ...hedge } = { name: "" }] = planted.kotakNeo;
      const accounts = {
        main: { broker: "nubra", environment: "sandbox", baseUrl: nubra.url, ...main },
        hedge: { broker: "kotak-neo", environment: "sandbox", loginBaseUrl: kotakNeo.loginUrl, ...hedge },
      };
      const file = join(folder, "mine.json");
      await writeFile(file, JSON.stringify({ accounts, use: { trading: "main" } }, undefined, 2));
      return file;
    };
    // At the host's own time: nothing else is there to set a clock by.
    const now = new Date(Date.now() + 5.5 * 3_600_000).toISOString();
    await using desk = await DeskInBrowser.open(await browser(), {
      strategy: true,
      accounts: planted,
      config: literal,
      keyed: true,
      tapped: true,
      date: now.slice(0, 10),
      time: now.slice(11, 23),
    });
    const { page, test } = desk;
    await desk.live("main", "hedge");
    expect(page.url()).not.toContain("key");
    expect(await page.getByRole("complementary").count()).toBe(0);
    expect(await page.getByText("Cause a scenario").count()).toBe(0);
    await page.getByLabel("trading:").fill("hedge");
    await page.keyboard.press("Enter");
    await page.getByText("The strategy is at hedge now.").waitFor();
    expect(JSON.parse(await readFile(join(test.folder, "mine.json"), "utf8"))).toMatchObject({
      use: { trading: "hedge" },
    });
    expect(found(desk.received, [...credentials(), ...tokens(test.sandbox)])).toEqual([]);

    const stranger = await (await browser()).newContext();
    const response = await (await stranger.newPage()).goto(new URL("/", test.server.address).href);
    expect(response?.status()).toBe(403);
    expect(await response?.text()).toContain("the address that npm start printed");
    await stranger.close();
    expect(desk.complaints).toEqual([]);
  });
});

describe("the scan", () => {
  it("finds a secret as it is, percent-encoded, in hexadecimal, and in base64 wherever it begins", () => {
    const secret = "PLANTEDNUBRASECRETPLANTED2345672";
    const texts = [
      secret,
      `a%20${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString("hex").replaceAll(/../g, "%$&"),
      Buffer.from(secret).toString("hex"),
      ...["", "x", "xy", "xyz"].map((before) => Buffer.from(`${before}${secret}z`).toString("base64")),
    ];
    for (const text of texts) expect(found(Buffer.from(`before ${text} after`), [secret, "absent"])).toEqual([secret]);
  });
});

function credentials(): string[] {
  const fields = ["phone", "email", "mpin", "totpSecret", "accessToken", "mobileNumber", "ucc"];
  const values = [...planted.nubra, ...planted.kotakNeo].flatMap((account) =>
    Object.entries(account).flatMap(([field, value]) => (fields.includes(field) ? [String(value)] : [])),
  );
  return [...values, "9000058264"];
}

/** What the brokers have granted: everything that came back to them in a header. */
function tokens({ journal }: Sandbox): string[] {
  const names = ["authorization", "x-device-id", "x-temp-token", "auth", "sid"];
  return journal
    .entries()
    .flatMap(({ headers }) => names.flatMap((name) => headers[name]?.replace(/^Bearer /, "") ?? []));
}
