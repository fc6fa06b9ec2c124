import { describe, expect, it } from "vitest";
import { Screen } from "../testing/screen.ts";
import { isInstalled, Trial } from "../testing/trial.ts";

const terminal = isInstalled("tmux");

describe("broker-auth login", { timeout: 240_000 }, () => {
  it("logs in every account, and a second run finds the sessions", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    const first = await trial.run(["login"]);
    expect(first.out).toMatch(
      /^✓ main: logged in at nubra until .* IST\n✓ hedge: logged in at kotak-neo until .* IST\n$/,
    );
    expect(first.code).toBe(0);
    expect((await trial.run(["login"])).code).toBe(0);
    expect(trial.logins).toBe(2);
  });

  it("says that an account is logged in already where it sent nothing", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    expect((await trial.run(["login"])).out).toMatch(/^✓ main: logged in at nubra until /);
    const sent = trial.sandbox.journal.count();
    expect((await trial.run(["login"])).out).toMatch(/^✓ main: logged in at nubra already, until .* IST\n$/);
    expect(trial.sandbox.journal.count()).toBe(sent);
  });

  it("without a terminal asks nothing and hangs never: the missing input is named, exit code 3, nothing was sent", async () => {
    const trial = await Trial.start();
    trial.configure({ sms: [] });
    // Standard input stays open, as a supervisor may leave it.
    const child = trial.start(["login", "sms"]);
    let err = "";
    child.stderr?.on("data", (chunk) => (err += String(chunk)));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).toBe(3);
    expect(err).toMatch(/OTP/);
    expect(trial.sandbox.journal.count()).toBe(0);
  });

  it("takes answers from a pipe with --stdin, with either line ending and without one at the end", async () => {
    const trial = await Trial.start();
    trial.configure({ hedge: ["totpSecret", "mpin"] });
    const { kotakNeo } = trial.sandbox;
    const { code, err } = await trial.run(["login", "--stdin"], { input: `${kotakNeo.totpCode("hedge")}\r\n246810` });
    expect([code, err]).toEqual([0, ""]);
  });

  it("goes on with the failure's exit code after the others were logged in", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [], hedge: [] });
    trial.sandbox.nubra.setScenario("main", { name: "wrong-pin" });
    const { code, out, err } = await trial.run(["login"]);
    expect(code).toBe(4);
    expect(out).toMatch(/^✓ hedge/);
    expect(err).toMatch(/main: .*MPIN/);
    expect(trial.sandbox.journal.count({ step: "verifypin" })).toBe(1);
    const again = await trial.run(["login", "main"]);
    expect([again.code, trial.sandbox.journal.count({ step: "verifypin" })]).toEqual([3, 1]);
  });

  it.skipIf(!terminal)(
    "in a terminal asks hidden for the code, tells what was refused and how many attempts are left",
    async () => {
      const trial = await Trial.start();
      trial.configure({ sms: [] });
      const screen = new Screen(trial, ["login", "sms"]);
      await screen.shows("Code sent to phone ending in 02");
      const code = trial.sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
      await screen.type(code === "000000" ? "111111" : "000000");
      await screen.shows(/refused the OTP.*\(3 attempts left\)[\s\S]*Code sent to/);
      await screen.paste(code);
      await screen.press("Enter");
      const seen = await screen.shows(/\[ended 0\]/);
      expect(seen).toMatch(/✓ sms: logged in at nubra until .* IST/);
      expect(seen).not.toContain(code);
      expect(seen).not.toContain("000000");
    },
  );

  it.skipIf(!terminal)("Ctrl-C leaves a login that the next one goes on with: one SMS for both", async () => {
    const trial = await Trial.start();
    trial.configure({ sms: [] });
    const first = new Screen(trial, ["login"]);
    await first.shows("Code sent to");
    await first.press("C-c");
    const seen = await first.shows(/\[ended 130\]/);
    expect(seen.replaceAll("\n", "")).toMatch(/the login waits for its answer: broker-auth login sms/);
    expect((await trial.run(["status"])).out).toMatch(/waits for you[\s\S]*broker-auth login sms goes on/);
    const second = new Screen(trial, ["login"]);
    await second.shows("Code sent to");
    await second.type(trial.sandbox.nubra.inbox("sms").at(-1)?.code ?? "");
    await second.shows(/\[ended 0\]/);
    expect(trial.sandbox.nubra.inbox("sms")).toHaveLength(1);
  });

  it.skipIf(!terminal)("shows nothing that is typed while it waits, and takes it for no answer", async () => {
    const trial = await Trial.start();
    trial.configure({ hedge: ["mpin"] });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "slow", ms: 3000, times: 1 });
    const screen = new Screen(trial, ["login"]);
    await screen.shows(/hedge: (logging in at kotak-neo|waiting for the next TOTP code)/);
    await screen.type("135791");
    await screen.shows(/MPIN/);
    await screen.type("246810");
    const seen = await screen.shows(/\[ended \d+\]/);
    expect(seen).toContain("[ended 0]");
    expect(seen).not.toMatch(/135791|246810/);
    // The terminal is as it was: what is typed for the next program is shown.
    await screen.type("typed later");
    await screen.shows("typed later");
  });

  it.skipIf(!terminal)(
    "is ended by Ctrl-C while it waits; Ctrl-Z shows nothing where no shell can take over",
    async () => {
      const trial = await Trial.start();
      trial.configure({ main: [] });
      trial.sandbox.nubra.setScenario("main", { name: "slow", ms: 20_000 });
      const screen = new Screen(trial, ["login"]);
      await screen.shows(/main: logging in at nubra, \d+ s/);
      await screen.press("C-z");
      await screen.shows(/main: logging in at nubra, [2-9] s/);
      await screen.type("135791");
      await screen.shows(/main: logging in at nubra, ([4-9]|1\d) s/);
      await screen.press("C-c");
      const seen = await screen.shows(/\[ended \d+\]/);
      expect(seen).toContain("[ended 130]");
      expect(seen).not.toContain("135791");
      await screen.type("typed later");
      await screen.shows("typed later");
    },
  );

  it.skipIf(!terminal)("shows what it waits for, with the seconds", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    trial.sandbox.nubra.setScenario("main", { name: "slow", ms: 3000, times: 2 });
    const screen = new Screen(trial, ["login"]);
    await screen.shows(/main: (logging in at nubra|waiting for the next TOTP code), \d+ s/);
    expect(await screen.shows(/\[ended \d+\]/)).toContain("[ended 0]");
  });
});
