import { type RedisServer, startRedis } from "./redis-server.ts";
import { freePort } from "./server-program.ts";
import type { TestServer } from "./server-environment.ts";

const slots = 16_384;
const count = 3;

/** A Redis cluster of three masters. */
export interface RedisCluster extends TestServer {
  readonly masters: readonly RedisServer[];
}

export async function startRedisCluster(): Promise<RedisCluster> {
  // Each has a port to speak with the others: ten thousand above its own by default, where the system has connections of its own.
  const buses = await Promise.all(Array.from({ length: count }, freePort));
  const settings = ["--cluster-enabled yes", "--cluster-node-timeout 2000"];
  const masters = await Promise.all(buses.map((bus) => startRedis([...settings, `--cluster-port ${bus}`])));
  const [first] = masters;
  if (first === undefined) throw new Error("there is no master");
  for (const [at, master] of masters.entries()) {
    const range = [at, at + 1].map((part) => Math.floor((slots * part) / count));
    await master.command("CLUSTER", "ADDSLOTSRANGE", `${range[0]}`, `${(range[1] ?? 0) - 1}`);
    // A name for each, as they are to agree on who has which slot.
    await master.command("CLUSTER", "SET-CONFIG-EPOCH", `${at + 1}`);
  }
  for (const [at, { port }] of masters.entries())
    if (at > 0) await first.command("CLUSTER", "MEET", "127.0.0.1", `${port}`, `${buses[at]}`);
  await agreed(masters);
  const each = (act: (master: RedisServer) => unknown) => async (): Promise<void> =>
    void (await Promise.all(masters.map(async (master) => act(master))));
  return {
    masters,
    url: first.url,
    stop: each((master) => master.stop()),
    async start() {
      await each((master) => master.start())();
      await agreed(masters);
    },
    pause: () => void each((master) => master.pause())(),
    resume: () => void each((master) => master.resume())(),
    empty: each((master) => master.command("FLUSHALL")),
    end: each((master) => master.end()),
  };
}

async function agreed(masters: readonly RedisServer[]): Promise<void> {
  const until = performance.now() + 20_000;
  for (const master of masters) {
    for (;;) {
      const told = String(await master.command("CLUSTER", "INFO"));
      if (told.includes("cluster_state:ok") && told.includes(`cluster_known_nodes:${count}`)) break;
      if (performance.now() > until) throw new Error(`the cluster has not come up: ${told}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
