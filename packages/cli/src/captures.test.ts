import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Screen } from "./testing/screen.ts";
import { isInstalled, Trial } from "./testing/trial.ts";

const readmePath = fileURLToPath(new URL("../README.md", import.meta.url));
// As long as the home of a trial below /tmp, so that lines break where they broke.
const shownHome = "/home/asha-rao";

/** What a terminal of 80 columns showed for a command of the README, without what says how it ended. */
function shown(trial: Trial, screen: string): string {
  return screen
    .replace(/\n\[ended \d+\]$/, "")
    .replaceAll(trial.home, shownHome)
    .replace(/Linux \S+,/, "Linux 6.12.0,")
    .replaceAll(/ +$/gm, "");
}

/** Without what is different in each run: times, and the versions of what it ran on. */
function lasting(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?/g, "(time)")
    .replaceAll(/\d+ h \d+ min/g, "(span)")
    .replaceAll(/agrees with the broker's|\d+ s (?:behind|ahead of) the broker's/g, "(clock)")
    .replaceAll(/broker-auth \d+\.\d+\.\d+,\s+Node [\d.]+,\s+\w+\s+\S+,\s+\w+/g, "(versions)");
}

it.skipIf(!isInstalled("tmux"))(
  "the README's captures of init, a refused MPIN, login, status and doctor are what a terminal of 80 columns shows",
  { timeout: 240_000 },
  async () => {
    const trial = await Trial.start({ below: "/tmp" });
    expect(trial.home).toHaveLength(shownHome.length);
    const captures: [command: string, screen: string][] = [];
    const capture = async (
      args: readonly string[],
      play: (screen: Screen) => Promise<void> = async () => undefined,
    ) => {
      const screen = new Screen(trial, args, { columns: 80, rows: 50 });
      await play(screen);
      const seen = shown(trial, await screen.shows(/\[ended \d+\]/));
      captures.push([`broker-auth ${args.join(" ").replace(trial.sandbox.nubra.url, "http://127.0.0.1:8021")}`, seen]);
    };
    await capture(["init", "--set", "environment=sandbox", `baseUrl=${trial.sandbox.nubra.url}`], async (screen) => {
      for (const [question, answer] of [
        ["Which broker", ""],
        ["A name for this account", ""],
        ["mobile number", "9000000001"],
        ["MPIN", ""],
        ["Base32", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
      ] as const) {
        await screen.shows(question);
        if (answer === "") await screen.press("Enter");
        else await screen.type(answer);
      }
    });
    for (const mpin of ["0000", "1357"])
      await capture(["login"], async (screen) => {
        await screen.shows("MPIN");
        await screen.type(mpin);
      });
    await capture(["status"]);
    await capture(["doctor"]);

    const readme = readFileSync(readmePath, "utf8");
    const [, before = "", printed = "", after = ""] =
      /^([\s\S]*\n### As it looks\n[\s\S]*?\n```text\n)([\s\S]*?)(```\n[\s\S]*)$/.exec(readme) ?? [];
    const captured = captures.map(([command, screen]) => `$ ${command}\n${screen}\n`).join("\n");
    const updates = process.env["UPDATE_DOCS"] === "1";
    if (updates) writeFileSync(readmePath, `${before}${captured}${after}`);
    expect(lasting(updates ? captured : printed)).toBe(lasting(captured));
  },
);
