import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { type RedisServer, redisProgram, startRedis } from "./redis-server.ts";
import { freePort, ServerProgram } from "./server-program.ts";

/** A master and its replica, and a sentinel that makes the replica the master once the first one is gone. */
export interface WatchedRedis {
  readonly name: string;
  /** Of the sentinel. */
  readonly port: number;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** The sentinel itself. */
  readonly sentinel: Pick<RedisServer, "command">;
  end(): Promise<void>;
}

export async function startWatchedRedis(): Promise<WatchedRedis> {
  const name = "sessions";
  const [master, replica] = [await startRedis(), await startRedis()];
  await replica.command("REPLICAOF", "127.0.0.1", `${master.port}`);
  while (!String(await replica.command("INFO", "replication")).includes("master_link_status:up"))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "broker-auth-sentinel-"));
  chmodSync(directory, 0o700);
  const configuration = join(directory, "sentinel.conf");
  writeFileSync(
    configuration,
    `port ${port}
bind 127.0.0.1
dir ${directory}
sentinel monitor ${name} 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds ${name} 1000
sentinel failover-timeout ${name} 3000
`,
  );
  const sentinel = new ServerProgram(redisProgram ?? "redis-server", [configuration, "--sentinel"]);
  const command = async (...words: string[]): Promise<unknown> => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };
  const knowsReplica = async (): Promise<void> => {
    const replicas = await command("SENTINEL", "REPLICAS", name);
    if (!Array.isArray(replicas) || replicas.length !== 1)
      throw new Error("the sentinel does not know the replica yet");
  };
  await sentinel.start(knowsReplica);
  return {
    name,
    port,
    master,
    replica,
    sentinel: { command },
    async end() {
      await sentinel.stop();
      rmSync(directory, { recursive: true, force: true });
      await Promise.all([master.end(), replica.end()]);
    },
  };
}
