import { describe, expect, it } from "vitest";
import { Screen } from "../testing/screen.ts";
import { isInstalled, Trial } from "../testing/trial.ts";

const terminal = isInstalled("tmux");

describe("broker-auth status", { timeout: 240_000 }, () => {
  it("is a table: what each account is, where it stands, when it ends, and what to do about what stopped", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [], sms: [] }, { trading: "main" });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin" });
    await trial.run(["login", "main", "hedge"]);
    const before = trial.sandbox.journal.mark();
    const { code, out, err } = await trial.run(["status"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ACCOUNT {2}BROKER +STATE +ENDS \(IST\) +LEFT\n/);
    expect(out).toMatch(/^main .*\n {2}logged in by broker-auth login at \d{4}-\d\d-\d\d \d\d:\d\d\n/m);
    expect(out).toMatch(
      /^main +nubra sandbox +logged in +\d{4}-\d\d-\d\d \d\d:\d\d +\d h \d+ min\n {2}logged in by .*\n {2}also called trading\n/m,
    );
    expect(out).toMatch(
      /^hedge .* blocked .*\n {2}the broker refused the MPIN\n {2}no login by itself since .* IST\n {2}correct it, or broker-auth unlock hedge\n/m,
    );
    expect(out).toMatch(/^sms .* logged out/m);
    expect(out.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect(trial.sandbox.journal.mark()).toBe(before);
  });

  it("says the same as versioned JSON", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] }, { trading: "main" });
    await trial.run(["login"]);
    const { out, err } = await trial.run(["status", "--json"]);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual({
      version: 1,
      accounts: [
        {
          account: "main",
          aliases: ["trading"],
          broker: "nubra",
          environment: "sandbox",
          state: "logged_in",
          generation: expect.any(Number) as number,
          mintedBy: "broker-auth login",
          clockOffsetMs: expect.any(Number) as number,
          expiresAt: expect.stringMatching(/Z$/) as string,
        },
      ],
    });
  });

  it.skipIf(!terminal)("--watch shows a login that another program makes, and Ctrl-C ends it with 0", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const screen = new Screen(trial, ["status", "--watch"]);
    await screen.shows(/main .* logged out/);
    await trial.run(["login"]);
    await screen.shows(/main .* logged in/);
    await screen.press("C-c");
    expect(await screen.shows(/\[ended \d+\]/)).toContain("[ended 0]");
  });
});
