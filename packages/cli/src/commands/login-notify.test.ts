import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Trial } from "../testing/trial.ts";

/** A user whom `--notify` tells by a line in a file. */
async function notified(accounts: Readonly<Record<string, readonly string[]>>) {
  const trial = await Trial.start();
  trial.configure(accounts);
  const note = join(trial.home, "note");
  const command = `echo "$BROKER_AUTH_ACCOUNT $BROKER_AUTH_CODE" >> ${note}; exit 1`;
  const told = (): string => (existsSync(note) ? readFileSync(note, "utf8") : "");
  return { trial, told, login: (...names: string[]) => trial.run(["login", ...names, "--notify", command]) };
}

describe("login --notify", { timeout: 240_000 }, () => {
  it("runs the command once for each account that was not logged in, and not for the others", async () => {
    const { trial, told, login } = await notified({ main: [], hedge: [], sms: [] });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin" });
    expect((await login("main")).code).toBe(0);
    expect(told()).toBe("");
    await login();
    expect(told()).toBe("hedge pin_rejected\nsms needs_input\n");
  });

  it("tells a person of one state once, however many runs find it, and again after it has changed in between", async () => {
    const { trial, told, login } = await notified({ hedge: [], sms: [] });
    trial.sandbox.kotakNeo.setScenario("hedge", { name: "wrong-pin", times: 2 });
    await login();
    expect(told()).toBe("hedge pin_rejected\nsms needs_input\n");
    // The refusal that blocks, and what is not even sent after it.
    for (let run = 0; run < 2; run += 1) expect((await login()).code).toBe(3);
    expect(told()).toBe("hedge pin_rejected\nsms needs_input\n");
    await trial.run(["unlock", "hedge"]);
    await login("hedge");
    expect(told()).toBe("hedge pin_rejected\nsms needs_input\nhedge pin_rejected\n");
    // A person logs in, without --notify; the next morning it fails for the same reason.
    const person = trial.start(["login", "sms", "--stdin"]);
    await expect.poll(() => trial.sandbox.nubra.inbox("sms").at(-1)?.code, { timeout: 60_000 }).toBeDefined();
    person.stdin?.end(`${trial.sandbox.nubra.inbox("sms").at(-1)?.code}\n`);
    await new Promise((resolve) => person.once("close", resolve));
    await trial.run(["logout", "sms"]);
    await login("sms");
    await login("sms");
    expect(told().split("\n").slice(3)).toEqual(["sms needs_input", ""]);
  });

  it("tells of a configuration that cannot be used, once, and again after it could be", async () => {
    const { trial, told, login } = await notified({ main: [] });
    const broken = { accounts: { main: { broker: "nubra", phone: { env: "NUBRA_PHONE" } } } };
    trial.write(broken);
    for (let run = 0; run < 2; run += 1) expect((await login()).code).toBe(2);
    expect(told()).toBe(" configuration\n");
    trial.configure({ main: [] });
    expect((await login()).code).toBe(0);
    trial.write(broken);
    await login();
    expect(told()).toBe(" configuration\n configuration\n");
  });

  it("where what was told is lost it tells once more", async () => {
    const { trial, told, login } = await notified({ sms: [] });
    await login();
    rmSync(join(trial.home, ".cache"), { recursive: true });
    await login();
    expect(told()).toBe("sms needs_input\nsms needs_input\n");
  });
});
