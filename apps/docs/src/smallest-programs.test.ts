import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { sendPerson } from "./person-in-browser.ts";
import { openProgramFolder, said } from "./program-folder.ts";

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

it("the smallest program of @x/zerodha runs as it stands, here with the addresses of sandbox and app: a person logs in once, and the next starts adopt the session", async () => {
  await using folder = await openProgramFolder();
  const { journal } = folder.sandbox;
  const [first] = readMarkdown("packages/zerodha/README.md").blocks.filter(({ language }) => language === "ts");
  const { program, env } = await sendPerson(folder, first?.text);
  await folder.write({ "here/program.ts": program, "there/program.ts": program });
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

it("an account from the environment takes the sandbox's address in code, as the README of @x/config shows", async () => {
  await using folder = await openProgramFolder();
  const { blocks } = readMarkdown("packages/config/README.md");
  const program = blocks.find(({ text }) => text.includes("...accountFromEnv"))?.text ?? "";
  await folder.write({ "program.ts": program });
  expect(await folder.run("program.ts")).toStrictEqual({ code: 0, stdout: said(program), stderr: "" });
  expect(said(program)).toBe("sandbox\n");
}, 60_000);
