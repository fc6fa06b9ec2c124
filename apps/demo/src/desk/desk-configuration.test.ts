import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@x/config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { brokers } from "@x/examples/brokers.ts";
import { DeskConfiguration } from "./desk-configuration.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-configuration-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function of(name: string, text: string): Promise<DeskConfiguration> {
  await writeFile(join(folder, name), text);
  return DeskConfiguration.of(join(folder, name), folder);
}

const text = async (configuration: DeskConfiguration): Promise<string> => readFile(configuration.file, "utf8");

describe("a configuration of the user's", () => {
  const yaml =
    'accounts: # two of them\n  main:  { broker: nubra }\n  hedge: { broker: kotak-neo }\n  "1": { broker: nubra }\n\nuse:\n  trading:   main   # one word\n';

  it("gets one word changed and keeps every other character", async () => {
    const configuration = await of("mine.yaml", yaml);
    await configuration.setAlias("trading", "hedge");
    expect(await text(configuration)).toBe(yaml.replace("trading:   main", "trading:   hedge"));
  });

  it("is JSON where it was JSON, and has quotes where the word needs them", async () => {
    const json = '{ "accounts": { "main": {}, "hedge": {} },\n  "use": { "trading": "main" } }\n';
    const configuration = await of("mine.json", json);
    await configuration.setAlias("trading", "hedge");
    expect(await text(configuration)).toBe(json.replace('"trading": "main"', '"trading": "hedge"'));
    const numbered = await of("mine.yaml", yaml);
    await numbered.setAlias("trading", "1");
    expect(await text(numbered)).toBe(yaml.replace("trading:   main", 'trading:   "1"'));
  });

  it.each([
    ["trading", "nobody", "use.trading: must be the name of an account (1, main, hedge)"],
    ["watching", "main", "use.watching: is not in the file"],
  ])("stays as it is when %s cannot be %s", async (alias, account, message) => {
    const configuration = await of("mine.yaml", yaml);
    await expect(configuration.setAlias(alias, account)).rejects.toMatchObject({
      code: "configuration",
      message,
      field: `use.${alias}`,
    });
    expect(await text(configuration)).toBe(yaml);
  });

  it("keeps its rights", async () => {
    const configuration = await of("mine.yaml", yaml);
    await chmod(configuration.file, 0o640);
    await configuration.setAlias("trading", "hedge");
    expect((await stat(configuration.file)).mode & 0o777).toBe(0o640);
  });

  it("is not told of an enrolment: the secret is kept beside the store, and the user gets the line to add", async () => {
    const configuration = await of("mine.yaml", yaml);
    const line = await configuration.holdTotpSecret("main", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    await configuration.useTotpSecret("main");
    const path = join(folder, "secrets/main-totp");
    expect(line).toBe(`totpSecret: { file: ${path} }`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await text(configuration)).toBe(yaml);
  });
});

describe("the demo's own configuration", () => {
  it("names accounts of the sandbox by variables of its own, and is there for its owner alone", async () => {
    const configuration = await DeskConfiguration.own(folder);
    expect(Object.keys((await load(configuration)).accounts)).toEqual(["main", "hedge", "kite", "angel", "sms"]);
    const variables = await readFile(join(folder, ".env"), "utf8");
    expect(variables).toMatch(/^DESK_MAIN_PHONE=\d{10}$/m);
    expect(variables.split("\n").filter((line) => line !== "" && !/^(DESK_|# )/.test(line))).toEqual([]);
    expect((await stat(join(folder, ".env"))).mode & 0o777).toBe(0o600);
  });

  it("takes the secret of an enrolment up, and gives it back", async () => {
    const configuration = await DeskConfiguration.own(folder);
    const before = await text(configuration);
    expect(await configuration.holdTotpSecret("sms", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")).toBe(
      "totpSecret: { file: secrets/sms-totp }",
    );
    expect(configuration.keepsTotpSecret("sms")).toBe(false);
    await configuration.useTotpSecret("sms");
    expect(configuration.keepsTotpSecret("sms")).toBe(true);
    expect((await load(configuration)).accounts["sms"]).toHaveProperty("totpSecret");
    await configuration.dropTotpSecret("sms");
    expect(await text(configuration)).toBe(before);
    expect(configuration.keepsTotpSecret("sms")).toBe(false);
  });

  it("holds a wrong PIN in front of the right one, and has the right one back, character by character", async () => {
    const configuration = await DeskConfiguration.own(folder);
    const variables = async (): Promise<string> => readFile(join(folder, ".env"), "utf8");
    const before = await variables();
    expect(await configuration.hasWrongPin("DESK_MAIN_MPIN")).toBe(false);
    for (const _ of [1, 2]) await configuration.setWrongPin("DESK_MAIN_MPIN", true);
    expect(await configuration.hasWrongPin("DESK_MAIN_MPIN")).toBe(true);
    expect(await configuration.hasWrongPin("DESK_ANGEL_PIN")).toBe(false);
    expect(await variables()).toMatch(/^DESK_MAIN_MPIN=0000$/m);
    await configuration.setWrongPin("DESK_MAIN_MPIN", false);
    expect(await configuration.hasWrongPin("DESK_MAIN_MPIN")).toBe(false);
    expect(await variables()).toBe(before);
  });
});

async function load(configuration: DeskConfiguration): ReturnType<typeof loadConfig> {
  return loadConfig(configuration.file, {
    brokers,
    env: {},
    resolvers: { sandbox: () => "http://127.0.0.1:1" },
  });
}
