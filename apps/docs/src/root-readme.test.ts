import { readdirSync } from "node:fs";
import { angelOne } from "@x/angel-one";
import type { BrokerAuthProvider } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { zerodha } from "@x/zerodha";
import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder } from "./program-folder.ts";

const readme = readMarkdown("README.md");

describe("the first page", () => {
  it("has a program for the reader's own account, which runs as it stands, here with the sandbox's address added", async () => {
    await using folder = await openProgramFolder();
    const [, program] = readme.blocks.filter(({ language }) => language === "ts");
    await folder.write({ "program.ts": program?.text ?? "" });
    const { code, stdout, stderr } = await folder.run("program.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("{");
    expect(folder.sandbox.journal.count({ step: "userinfo", outcome: "accepted" })).toBe(1);
  }, 60_000);

  it.each<[string, BrokerAuthProvider]>([
    ["Nubra", nubra()],
    ["Kotak Neo", kotakNeo()],
    ["Zerodha", zerodha()],
    ["Angel One", angelOne()],
  ])("says of %s what its adapter has", (name, provider) => {
    const row = readme.text.split("\n").find((line) => line.startsWith(`| [${name}](`)) ?? "";
    const [, , page, otp, totp, renewal, logout, sockets, network] = row.split("|").map((cell) => cell.trim());
    const asks = (account: object): readonly string[] =>
      provider.identify(provider.parseCredentials({ ...attended[provider.broker], ...account })).asks;
    expect(page).toBe(asks({}).includes("redirect") ? "yes" : "no");
    expect(otp).toBe(asks({}).includes("otp") ? "yes" : "no");
    expect(totp).toBe(
      provider.fields["totpSecret"] !== undefined &&
        asks({ totpSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", ...mpins[provider.broker] }).length === 0
        ? "yes"
        : "no",
    );
    expect(renewal === "none").toBe(provider.renew === undefined);
    expect(logout).toBe(provider.revoke === undefined ? "here only" : "at the broker");
    expect(sockets === "none").toBe(provider.socket === undefined);
    expect(network).toBe(provider.network === undefined ? "no" : "yes");
  });

  it("leads to every page of the documentation", () => {
    const pages = readdirSync(new URL("../../../docs", import.meta.url)).filter((name) => name.endsWith(".md"));
    expect(pages.filter((page) => !readme.links.some((link) => link === `docs/${page}`))).toEqual([]);
  });
});

// What an unattended login wants besides, where the account can do without.
const mpins: Readonly<Record<string, object>> = { nubra: { mpin: "4821" }, "kotak-neo": { mpin: "4821" } };

const attended: Readonly<Record<string, object>> = {
  nubra: { phone: "9000000001" },
  "kotak-neo": { mobileNumber: "9000000001", ucc: "XY42Z", accessToken: "5a4db0c5-0000-4000-8000-0000000000aa" },
  "angel-one": { apiKey: "aB3demo1", clientCode: "T100001", pin: "0421" },
  zerodha: { apiKey: "kx7demo0apikey01", apiSecret: "s9demo0apisecret01", userId: "QX4417" },
};
