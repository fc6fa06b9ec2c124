import { once } from "node:events";

/** What the keeper tells: where its server is; no address where the program is not installed. */
export interface KeeperReport {
  readonly url?: string;
}

// A process that has the server, one of those that the stores are tested on, and ends it when the demo hangs up, however that ended.
const hungUp = once(process, "disconnect");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
const server = await (process.argv[2] === "redis" ? redis() : postgres());
const report: KeeperReport = server === undefined ? {} : { url: server.url };
process.send?.(report, undefined, undefined, () => undefined);
if (server === undefined) process.disconnect();
await hungUp;
await server?.end();
process.exit();

async function redis() {
  const { redisProgram, startRedis } = await import("../../../packages/stores/src/testing/redis-server.ts");
  return redisProgram === undefined ? undefined : startRedis();
}

async function postgres() {
  const { postgresProgram, startPostgres } = await import("../../../packages/stores/src/testing/postgres-server.ts");
  return postgresProgram === undefined ? undefined : startPostgres();
}
