import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { demoAccounts } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, programs, said, type ProgramFolder } from "./program-folder.ts";

const files = programs(readMarkdown("docs/migrating.md"));

async function openMigration(): Promise<ProgramFolder> {
  const folder = await openProgramFolder();
  await folder.write(files);
  return folder;
}

describe("docs/migrating.md", { timeout: 60_000 }, () => {
  it("reads holdings with the variables of Nubra's own SDK", async () => {
    await using folder = await openMigration();
    const { NUBRA_PHONE: PHONE_NO, NUBRA_MPIN: MPIN } = folder.env;
    const env = { PHONE_NO, MPIN, NUBRA_PHONE: undefined, NUBRA_MPIN: undefined };
    const wanted = { code: 0, stdout: said(files["holdings.ts"]), stderr: "" };
    expect(await folder.run("holdings.ts", { env })).toStrictEqual(wanted);
  });

  it("turns TOTP on, and nobody is needed from then on", async () => {
    await using folder = await openMigration();
    const sms = demoAccounts.nubra.find(({ name }) => name === "sms");
    const byHand = { NUBRA_PHONE: sms?.phone, NUBRA_MPIN: sms?.mpin, NUBRA_TOTP_SECRET: undefined };
    const enrolled = await folder.run("enrol.ts", {
      env: byHand,
      answer(shown) {
        return shown.endsWith("The code sent to the phone ending in 02: ")
          ? folder.sandbox.nubra.inbox("sms").at(-1)?.code
          : undefined;
      },
    });
    expect(enrolled).toMatchObject({ code: 0, stderr: "" });
    const NUBRA_TOTP_SECRET = await readFile(join(folder.path, "nubra-totp"), "utf8");
    const env = { NUBRA_PHONE: sms?.phone, NUBRA_MPIN: sms?.mpin, NUBRA_TOTP_SECRET };
    // In another place: a new store has to log in, by the new secret alone.
    const elsewhere = {
      XDG_STATE_HOME: join(folder.path, "elsewhere"),
      LOCALAPPDATA: join(folder.path, "elsewhere"),
    };
    expect(await folder.run("holdings.ts", { env: { ...env, ...elsewhere } })).toMatchObject({ code: 0 });
    expect(folder.sandbox.nubra.inbox("sms")).toHaveLength(1);
  });

  it("asks for Kotak Neo's limits", async () => {
    await using folder = await openMigration();
    const wanted = { code: 0, stdout: said(files["limits.ts"]), stderr: "" };
    expect(await folder.run("limits.ts")).toStrictEqual(wanted);
  });

  it("sends an order again only because the program says so", async () => {
    await using folder = await openMigration();
    folder.sandbox.nubra.setScenario("main", { name: "session-expired", step: "order", times: 1 });
    const { code, stdout } = await folder.run("order.ts");
    expect({ code, stdout }).toStrictEqual({ code: 0, stdout: said(files["order.ts"]) });
    expect(folder.sandbox.journal.count({ step: "order" })).toBe(2);
    expect(folder.sandbox.journal.count({ step: "order", outcome: "accepted" })).toBe(1);
  });

  it("hands the session to other clients and opens a socket", async () => {
    await using folder = await openMigration();
    const wanted = { code: 0, stdout: said(files["clients.ts"]), stderr: "" };
    expect(await folder.run("clients.ts")).toStrictEqual(wanted);
  });
});
