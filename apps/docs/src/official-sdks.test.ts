import { describe, expect, it } from "vitest";
import { readMarkdown } from "./markdown.ts";
import { sendPerson } from "./person-in-browser.ts";
import { openProgramFolder, programs } from "./program-folder.ts";
import { noWayOut } from "./official-sdks/sdk-run.ts";

const page = programs(readMarkdown("docs/official-sdks.md"));

/** The SDK at the sandbox: the page leaves its address out. */
function atSandbox(program = "", url = ""): string {
  return program.replace("({ api_key: apiKey })", `({ api_key: apiKey, root: "${url}" })`);
}

// What an SDK asks of the internet, and does not wait for, fails here.
const alone = { NODE_OPTIONS: `--unhandled-rejections=none --import=${noWayOut}` };

describe("docs/official-sdks.md", () => {
  it("shows kiteconnect on a session that the library holds: the next start adopts it, and a session that was ended is told", async () => {
    await using folder = await openProgramFolder();
    const { zerodha } = folder.sandbox;
    const { program, env } = await sendPerson(folder, atSandbox(page["kite.ts"], zerodha.url));
    await folder.write({ "kite.ts": program });
    const run = async () => folder.run("kite.ts", { env: { ...alone, ...env } });
    for (const _ of ["first start", "next start"])
      expect(await run()).toMatchObject({ stderr: expect.not.stringMatching(/Error/), code: 0, stdout: "1\n" });
    zerodha.masterLogout("main");
    expect(await run()).toMatchObject({ code: 0, stdout: "dead\n" });
    const steps = zerodha.journal.entries({ broker: "zerodha", step: ["session-token", "holdings"] });
    expect(steps.map(({ outcome }) => outcome.split(":")[0])).toStrictEqual([
      "accepted",
      "accepted",
      "accepted",
      "refused",
    ]);
  }, 60_000);

  it("shows smartapi-javascript on a session that the library holds: the next start adopts it, and a session that was ended is told", async () => {
    await using folder = await openProgramFolder();
    const { angelOne } = folder.sandbox;
    await folder.write({ "smartapi.ts": atSandbox(page["smartapi.ts"], angelOne.url) });
    const run = async () => folder.run("smartapi.ts", { env: alone });
    for (const _ of ["first start", "next start"])
      expect(await run()).toMatchObject({ stderr: expect.not.stringMatching(/Error/), code: 0, stdout: "1\n" });
    angelOne.endSessions("main");
    expect(await run()).toMatchObject({ code: 0, stdout: "dead\n" });
    expect(angelOne.journal.count({ broker: "angel-one", step: "login" })).toBe(1);
  }, 60_000);
});
