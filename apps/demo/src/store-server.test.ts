import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { postgresProgram } from "../../../packages/stores/src/testing/postgres-server.ts";
import { redisProgram } from "../../../packages/stores/src/testing/redis-server.ts";
import { isMissing } from "../../../packages/stores/src/testing/server-program.ts";
import { DemoProcess, runDemoProcess } from "./testing/demo-process.ts";

const noRedis = isMissing(redisProgram);
const noPostgres = isMissing(postgresProgram);

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "broker-auth-demo-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function keysAt(port: string): Promise<number> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  const keys = await client.sendCommand(["KEYS", "*"]);
  client.destroy();
  return (keys as unknown as string[]).filter((key) => !key.includes("lock")).length;
}

describe("the demo with its sessions in a server", () => {
  it.skipIf(noRedis)(
    `starts Redis, and none of its processes keeps a session in a file${noRedis ? " (not run: redis-server is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const data = await temporaryFolder();
      const demo = new DemoProcess(["--store", "redis", "--data", data, "--port", "0"]);
      onTestFinished(() => demo.kill());
      const [, port = ""] = await demo.says(/kept in Redis on port (\d+)/);
      await demo.says(/http:\/\/127\.0\.0\.1:\d+/);
      await vi.waitFor(async () => expect(await keysAt(port)).toBeGreaterThanOrEqual(2), { timeout: 30_000 });
      demo.interrupt();
      expect(await demo.result()).toMatchObject({ code: 0, stderr: "" });
      expect(existsSync(join(data, "sandbox", "key"))).toBe(true);
      expect(existsSync(join(data, "sandbox", "store"))).toBe(false);
      await expect(keysAt(port)).rejects.toThrow("ECONNREFUSED");
    },
  );

  it.skipIf(noRedis)(
    `ends its server also when it is killed, and leaves no files of it behind${noRedis ? " (not run: redis-server is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const data = await temporaryFolder();
      const demo = new DemoProcess(["--store", "redis", "--data", data, "--no-page"], { env: { TMPDIR: data } });
      onTestFinished(() => demo.kill());
      const [, port = ""] = await demo.says(/kept in Redis on port (\d+)/);
      const files = async (): Promise<string[]> =>
        (await readdir(data)).filter((name) => name.startsWith("broker-auth-redis-"));
      expect(await files()).toHaveLength(1);
      demo.kill();
      await demo.result();
      await vi.waitFor(async () => expect(keysAt(port)).rejects.toThrow("ECONNREFUSED"), { timeout: 30_000 });
      await vi.waitFor(async () => expect(await files()).toEqual([]), { timeout: 30_000 });
    },
  );

  it.skipIf(noPostgres)(
    `starts PostgreSQL${noPostgres ? " (not run: postgresql is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const data = await temporaryFolder();
      const { code, stdout } = await runDemoProcess(["--store", "postgres", "--once", "--data", data]);
      expect(stdout).toMatch(/kept in PostgreSQL on port \d+/);
      expect(stdout).toMatch(/main .* logged in/);
      expect(code).toBe(0);
      expect(existsSync(join(data, "sandbox", "store"))).toBe(false);
    },
  );

  it("says how to get the program where it is not installed, and starts nothing", async () => {
    const data = await temporaryFolder();
    const result = await runDemoProcess(["--store", "redis", "--data", data], { env: { PATH: "/nowhere" } });
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("--store: Redis is not installed");
    expect(result.stderr).toContain("apt-get install redis-server");
    expect(existsSync(join(data, "sandbox"))).toBe(false);
  });

  it("takes no accounts of the user's: what their broker refused would be forgotten with the server", async () => {
    const { code, stderr } = await runDemoProcess(["--store", "redis", "--config", "broker-auth.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^broker-auth-demo: --store: the server ends with the demo/);
  });

  it("takes no other place", async () => {
    const { code, stderr } = await runDemoProcess(["--store", "mongo"]);
    expect(code).toBe(2);
    expect(stderr).toContain("files, redis, postgres");
  });
});
