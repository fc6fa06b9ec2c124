import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreServer } from "@x/core/testing";
import { createClient } from "redis";
import { findProgram, freePort, ServerProgram } from "./server-program.ts";

export const redisProgram: string | undefined = findProgram("redis-server");

/** A Redis of one test's own, which keeps what it was told before it answers. */
export interface RedisServer extends StoreServer {
  readonly url: string;
  readonly port: number;
  /** Runs commands on a connection of their own. */
  command(...words: string[]): Promise<unknown>;
  /** Ends it and takes its files away. */
  end(): Promise<void>;
}

/** @param settings further words of the command line, such as `["--requirepass …"]` */
export async function startRedis(settings: readonly string[] = [], password?: string): Promise<RedisServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "broker-auth-redis-"));
  const url = password === undefined ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`;
  const server = new ServerProgram(redisProgram ?? "redis-server", [
    `--port ${port}`,
    "--bind 127.0.0.1",
    `--dir ${directory}`,
    '--save ""',
    "--appendonly yes",
    "--appendfsync always",
    "--loglevel warning",
    ...settings,
  ]);
  const command = async (...words: string[]): Promise<unknown> => {
    const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 2_000 } });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };
  const start = (): Promise<void> => server.start(() => command("PING"));
  await start();
  return {
    url,
    port,
    command,
    start,
    stop: () => server.stop(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    async empty() {
      await server.stop();
      rmSync(join(directory, "appendonlydir"), { recursive: true, force: true });
      await start();
    },
    async end() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
