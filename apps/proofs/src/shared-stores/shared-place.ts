import { connect, createServer } from "node:net";
import {
  type PostgresServer,
  startBouncedPostgres,
  startPostgres,
  startReplicaOf,
} from "../../../../packages/stores/src/testing/postgres-server.ts";
import { type RedisServer, startRedis } from "../../../../packages/stores/src/testing/redis-server.ts";
import type { TestServer } from "../../../../packages/stores/src/testing/server-environment.ts";
import type { StoreAddress } from "../../../../packages/stores/src/testing/store-address.ts";
import { listenLocally } from "../harness/local-server.ts";

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
  const first = await (redis ? startRedis() : name === "PostgreSQL" ? startPostgres() : startBouncedPostgres());
  const line = await openLine(Number(new URL(first.url).port));
  const url = new URL(first.url);
  url.port = `${line.port}`;
  let server: TestServer = first;
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
            const { replica, promote } = await followerOf(first);
            before.push(server);
            await server.stop();
            await promote();
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

/** A server that follows another one, and what makes it the one that takes writes. */
async function followerOf(server: RedisServer | PostgresServer) {
  if (!server.url.startsWith("redis:")) {
    const standby = await startReplicaOf(server as PostgresServer);
    return { replica: standby, promote: () => standby.command("SELECT pg_promote()") };
  }
  const replica = await startRedis();
  // By a command: started again, it is a master.
  await replica.command("REPLICAOF", "127.0.0.1", `${server.port}`);
  while (!String(await replica.command("INFO", "replication")).includes("master_link_status:up"))
    await new Promise((resolve) => setTimeout(resolve, 20));
  return { replica, promote: () => replica.command("REPLICAOF", "NO", "ONE") };
}

async function openLine(to: number) {
  let target = to;
  let whole = true;
  const server = await listenLocally(
    createServer((near) => {
      if (!whole) return void near.destroy();
      const far = connect(target, "127.0.0.1").on("error", () => undefined);
      for (const socket of [near, far]) socket.setNoDelay(true);
      near.on("close", () => far.destroy()).pipe(far);
      far.on("close", () => near.destroy()).pipe(near);
    }),
  );
  return {
    port: server.port,
    cut() {
      whole = false;
      server.hangUp();
    },
    mend: () => void (whole = true),
    leadTo(port: number) {
      target = port;
      server.hangUp();
    },
    close: () => server[Symbol.asyncDispose](),
  };
}
