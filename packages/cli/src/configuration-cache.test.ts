import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigurationCache } from "./configuration-cache.ts";
import { Trial } from "./testing/trial.ts";

const text = "accounts:\n  main: { broker: nubra }\n";
const document = { accounts: { main: { broker: "nubra" } } };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ba-cache-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("what a configuration said before", () => {
  it("is found for the very same text, and for no other one or other file", () => {
    const place = folder();
    const cache = new ConfigurationCache("/a.yaml", place);
    expect(cache.find(text)).toBeUndefined();
    cache.keep(text, document);
    cache.write(true);
    expect(new ConfigurationCache("/a.yaml", place).find(text)).toStrictEqual(document);
    expect(new ConfigurationCache("/a.yaml", place).find(`${text} `)).toBeUndefined();
    expect(new ConfigurationCache("/b.yaml", place).find(text)).toBeUndefined();
  });

  it("is not kept where the configuration holds a secret, where it names a store, and where JSON would change it", () => {
    const place = folder();
    const kept = (said: unknown, harmless = true): number => {
      const cache = new ConfigurationCache("/a.yaml", place);
      cache.keep(text, said);
      cache.write(harmless);
      return readdirSync(place).length;
    };
    expect(kept(document, false)).toBe(0);
    expect(kept({ ...document, store: { redis: { url: "redis://:secret@x" } } })).toBe(0);
    expect(kept({ ...document, use: { trading: Number.POSITIVE_INFINITY } })).toBe(0);
    expect(kept({ ...document, use: { trading: new Date(0) } })).toBe(0);
    expect(kept(document)).toBe(1);
  });

  it("that is damaged or cannot be written changes nothing", () => {
    const place = folder();
    const cache = new ConfigurationCache("/a.yaml", place);
    cache.keep(text, document);
    cache.write(true);
    const [name = ""] = readdirSync(place);
    writeFileSync(join(place, name), "{");
    expect(new ConfigurationCache("/a.yaml", place).find(text)).toBeUndefined();
    const nowhere = new ConfigurationCache("/a.yaml", "/dev/null");
    nowhere.keep(text, document);
    nowhere.write(true);
    expect(nowhere.find(text)).toBeUndefined();
  });

  it("serves the command, which checks all of it anew and never keeps a secret that stands in the configuration", async () => {
    const trial = await Trial.start();
    trial.configure({ main: [] });
    const kept = (): string[] =>
      readdirSync(join(trial.home, ".cache/broker-auth")).filter((name) => name.startsWith("configuration-"));
    expect((await trial.run(["status"])).code).toBe(0);
    expect(kept()).toHaveLength(1);
    rmSync(join(trial.folder, "secrets/main-mpin"));
    expect((await trial.run(["status"])).err).toMatch(/accounts\.main\.mpin/);
    rmSync(join(trial.home, ".cache/broker-auth", kept()[0] ?? ""));
    trial.write({ accounts: { main: { broker: "nubra", phone: "9000000001", environment: "uat" } } });
    expect((await trial.run(["status"])).err).toMatch(/a secret stands in the configuration/);
    expect(kept()).toEqual([]);
    expect(readFileSync(join(trial.folder, "broker-auth.yaml"), "utf8")).toContain("9000000001");
  }, 120_000);
});
