import { chmod } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder } from "./program-folder.ts";

/** What each adapter's smallest program sends to log in, and with the session that is there then. */
const sent = {
  nubra: { login: ["totp-login", "verifypin"], call: "userinfo" },
  "kotak-neo": { login: ["login", "validate"], call: "limits" },
  "angel-one": { login: ["login"], call: "getHolding" },
} as const;

describe.each(Object.entries(sent))("the smallest program of @x/%s", (name, { login, call }) => {
  it("runs as it stands, here with the sandbox's address added: two folders and two starts meet at one session", async () => {
    await using folder = await openProgramFolder();
    const [program] = readMarkdown(`packages/${name}/README.md`).blocks.filter(({ language }) => language === "ts");
    await folder.write({ "here/program.ts": program?.text ?? "", "there/program.ts": program?.text ?? "" });
    for (const from of ["here", "there", "here"]) {
      expect(await folder.run(`${from}/program.ts`, { from })).toStrictEqual({ code: 0, stdout: "200\n", stderr: "" });
    }
    const { journal } = folder.sandbox;
    expect(login.map((step) => journal.count({ step, outcome: "accepted" }))).toStrictEqual(login.map(() => 1));
    expect(journal.count({ step: call, outcome: "accepted" })).toBe(3);
    expect(journal.count({ step: [...login, call] })).toBe(login.length + 3);
  }, 60_000);
});

/** What opens an address in the user's browser on this system. */
const opener = { darwin: "open" }[process.platform as string] ?? "xdg-open";

/** A person in a browser: sends the page's form, and goes where it leads. */
const person = `#!${process.execPath}
void fetch(process.argv[2], { method: "POST", body: new URLSearchParams({ user_id: process.env.ZERODHA_USER_ID }) });
`;

it("the smallest program of @x/zerodha runs as it stands, here with the addresses of sandbox and app: a person logs in once, and the next starts adopt the session", async () => {
  await using folder = await openProgramFolder();
  const redirectUrl = await freeAddress();
  const { zerodha, journal } = folder.sandbox;
  zerodha.setRedirectUrl("main", redirectUrl);
  const [program] = readMarkdown("packages/zerodha/README.md").blocks.filter(({ language }) => language === "ts");
  const text = program?.text.replace("openInBrowser()", `openInBrowser({ redirectUrl: "${redirectUrl}" })`) ?? "";
  await folder.write({ "here/program.ts": text, "there/program.ts": text, [`bin/${opener}`]: person });
  await chmod(path.join(folder.path, "bin", opener), 0o755);
  const env = { PATH: path.join(folder.path, "bin") };
  for (const from of ["here", "there", "here"])
    expect(await folder.run(`${from}/program.ts`, { from, env })).toStrictEqual({
      code: 0,
      stdout: "200\n",
      stderr: "",
    });
  const steps = journal.entries({ broker: "zerodha" }).map(({ step, outcome }) => `${step} ${outcome}`);
  const [page, mint, call] = ["login-page accepted", "session-token accepted", "profile accepted"];
  expect(steps).toStrictEqual([page, mint, call, call, call]);
}, 60_000);

/** A loopback address on which nothing listens. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/callback`;
}
