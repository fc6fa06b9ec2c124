import { createServer, connect as dial, type Socket } from "node:net";
import { once } from "node:events";
import {
  type PostgresServer,
  startBouncedPostgres,
  startPostgres,
  startReplicaOf,
} from "../../../../packages/stores/src/testing/postgres-server.ts";
import { type RedisServer, startRedis } from "../../../../packages/stores/src/testing/redis-server.ts";
import type { TestServer } from "../../../../packages/stores/src/testing/server-environment.ts";
import type { StoreAddress } from "../../../../packages/stores/src/testing/store-address.ts";

export const placeNames = ["Redis", "PostgreSQL", "PostgreSQL through PgBouncer"] as const;
export type PlaceName = (typeof placeNames)[number];

/** A server that programs reach through a line, which can be cut, or led to another server. */
export interface SharedPlace extends AsyncDisposable {
  readonly name: PlaceName;
  readonly address: StoreAddress;
  readonly leaseMs: number;
  readonly server: Pick<TestServer, "stop" | "start" | "pause" | "resume" | "empty">;
  /** No connection gets through any more, and those that are there end. */
  cut(): void;
  mend(): void;
  /** Kills the server and puts its replica in its place. Absent where a pooler would have to be led to it. */
  promote?(): Promise<void>;
}

export async function openPlace(name: PlaceName, leaseMs: number): Promise<SharedPlace> {
  const redis = name === "Redis";
  let server = await (redis ? startRedis() : name === "PostgreSQL" ? startPostgres() : startBouncedPostgres());
  const line = await openLine(Number(new URL(server.url).port));
  const url = new URL(server.url);
  url.port = `${line.port}`;
  const before: TestServer[] = [];
  return {
    name,
    leaseMs,
    address: { kind: redis ? "redis" : "postgres", url: url.href, leaseMs, timeoutMs: 8_000 },
    get server() {
      return server;
    },
    cut: () => line.cut(),
    mend: () => line.mend(),
    ...(name === "PostgreSQL through PgBouncer"
      ? {}
      : {
          async promote() {
            const replica = await (redis ? followRedis(server) : startReplicaOf(server as PostgresServer));
            before.push(server);
            await server.stop();
            await promoted(replica);
            line.leadTo(Number(new URL(replica.url).port));
            server = replica;
          },
        }),
    async [Symbol.asyncDispose]() {
      await line.close();
      for (const one of [...before, server]) await one.end();
    },
  };
}

type Replica = (RedisServer | PostgresServer) & TestServer;

async function followRedis(master: TestServer): Promise<RedisServer> {
  const replica = await startRedis();
  // By a command: started again, it is a master.
  await replica.command("REPLICAOF", "127.0.0.1", new URL(master.url).port);
  while (!String(await replica.command("INFO", "replication")).includes("master_link_status:up"))
    await new Promise((resolve) => setTimeout(resolve, 20));
  return replica;
}

async function promoted(replica: Replica): Promise<void> {
  if (replica.url.startsWith("redis:")) await (replica as RedisServer).command("REPLICAOF", "NO", "ONE");
  else await (replica as PostgresServer).command("SELECT pg_promote()");
}

async function openLine(to: number) {
  let target = to;
  let whole = true;
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = dial(target, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut() {
      whole = false;
      hangUp();
    },
    mend: () => void (whole = true),
    leadTo(port: number) {
      target = port;
      hangUp();
    },
    async close() {
      listener.close();
      hangUp();
    },
  };
}
