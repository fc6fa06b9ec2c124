import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Trial } from "../testing/trial.ts";

const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/** An export of Google Authenticator, made by hand: bytes of the secret, and the numbers of its enumerations. */
function exported(...entries: { algorithm?: number; digits?: number; type?: number }[]): string {
  const bits = secret
    .split("")
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const payload = entries.flatMap(({ algorithm = 1, digits = 1, type = 2 }) =>
    text(1, [...text(1, key), ...text(2, [...Buffer.from("someone")]), 32, algorithm, 40, digits, 48, type]),
  );
  return `otpauth-migration://offline?data=${encodeURIComponent(Buffer.from([...payload, 16, 1]).toString("base64"))}`;
}

function text(field: number, bytes: readonly number[]): number[] {
  return [field * 8 + 2, bytes.length, ...bytes];
}

describe("broker-auth totp", { timeout: 240_000 }, () => {
  it("code prints what the authenticator app would show", async () => {
    const trial = await Trial.start();
    trial.configure();
    const { code, out } = await trial.run(["totp", "code"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d{6}\n$/)]);
    // The step may have ended meanwhile.
    const near = [0, 30_000].map((ago) => {
      trial.sandbox.clock.set(Date.now() - ago);
      return trial.sandbox.nubra.totpCode("main");
    });
    expect(near).toContain(out.trim());
  });

  it.each([
    ["Base32 as a page shows it", "jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp"],
    ["an address of another case", `OTPAUTH://TOTP/Nubra?SECRET=${secret}&algorithm=SHA-1&digits=06`],
    ["an export of Google Authenticator", exported({})],
    ["an export that leaves the ordinary profile unsaid", exported({ algorithm: 0, digits: 0, type: 0 })],
  ])("import takes %s, and keeps it in a file of this user alone", async (_, given) => {
    const trial = await Trial.start();
    trial.configure({ main: ["totpSecret"] });
    const { code, out, err } = await trial.run(["totp", "import", "main", "--stdin"], { input: given });
    expect([code, err]).toEqual([0, ""]);
    const path = join(trial.folder, "secrets/main-totpSecret");
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual([`${secret}\n`, 0o600]);
    expect(out + readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8")).not.toContain(secret);
    expect((await trial.run(["login"])).code).toBe(0);
  });

  it.each([
    ["eight digits", `otpauth://totp/x?secret=${secret}&digits=8`, "six digits"],
    ["SHA-256", `otpauth://totp/x?secret=${secret}&algorithm=SHA256`, "SHA-1"],
    ["a period of a minute", `otpauth://totp/x?secret=${secret}&period=60`, "every 30 seconds"],
    ["a counter", `otpauth://hotp/x?secret=${secret}`, "HOTP"],
    ["an export of eight digits", exported({ digits: 2 }), "six digits"],
    ["an export with SHA-256", exported({ algorithm: 2 }), "SHA-1"],
    ["an export of a counter", exported({ type: 1 }), "HOTP"],
    ["an export of two accounts, and nobody to choose", exported({}, {}), "holds 2 accounts"],
    ["half an export", exported({}).slice(0, 60), "not the whole of it"],
    ["six digits, which are no secret", "123456", "totpSecret"],
    ["nothing", "", "totpSecret"],
  ])("import refuses %s before a broker sees a code of it", async (_, given, words) => {
    const trial = await Trial.start();
    trial.configure({ main: ["totpSecret"] });
    const { code, out, err } = await trial.run(["totp", "import", "main", "--stdin"], { input: given });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(words);
    expect(err).not.toContain(secret);
    expect(trial.sandbox.journal.count()).toBe(0);
  });

  it("enable keeps the new secret before it turns TOTP on, and logins need nobody afterwards", async () => {
    const trial = await Trial.start();
    trial.configure({ sms: [] });
    const login = trial.start(["login", "--stdin"]);
    await trial.sandbox.journal.until({ step: "sendphoneotp", outcome: "accepted" }, 1);
    login.stdin?.end(`${trial.sandbox.nubra.inbox("sms").at(-1)?.code ?? ""}\n`);
    await new Promise((resolve) => login.once("close", resolve));
    const { code, out, err } = await trial.run(["totp", "enable", "sms"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/the TOTP secret is kept in [^\n]+\n✓ sms: TOTP is on/);
    const kept = readFileSync(join(trial.folder, "secrets/sms-totpSecret"), "utf8").trim();
    expect(out).not.toContain(kept);
    await trial.run(["logout", "sms"]);
    expect((await trial.run(["login", "sms"])).code).toBe(0);
  });
});
