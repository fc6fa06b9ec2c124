import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoreServer } from "@x/core/testing";
import { Client, Pool } from "pg";
import { migrate } from "../postgres-store.ts";
import { findProgram, freePort, nobody, privateFolder, ServerProgram } from "./server-program.ts";

// Debian keeps the server's programs beside each other by version, off the PATH.
const debian = "/usr/lib/postgresql";
const folders = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
export const postgresProgram: string | undefined = findProgram("initdb", folders);
export const bouncerProgram: string | undefined = findProgram("pgbouncer", ["/usr/sbin"]);
// It refuses to run as the superuser.
const asNobody =
  process.geteuid?.() === 0 ? ["--reuid", `${nobody}`, "--regid", `${nobody}`, "--clear-groups"] : undefined;

/** A PostgreSQL of one test's own, with the store's table in it. */
export interface PostgresServer extends StoreServer {
  readonly url: string;
  readonly port: number;
  /** Runs one statement on a connection of its own. */
  command(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends it and takes its files away. */
  end(): Promise<void>;
}

// A cluster is made once and copied: making one takes seconds.
let template: string | undefined;

function makeTemplate(): string {
  const made = privateFolder("broker-auth-initdb-");
  const data = join(made, "data");
  const initdb = postgresProgram ?? "initdb";
  run(initdb, [
    "-D",
    data,
    "-U",
    "owner",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
  ]);
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  return data;
}

/** @param settings of postgresql.conf, such as `{ max_connections: "20" }` */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const made = (template ??= makeTemplate());
  const server = await startCluster((data) => run("cp", ["-R", made, data]), settings);
  const pool = new Pool({ connectionString: server.url, max: 1 });
  await migrate(pool);
  await pool.end();
  return server;
}

/** A server that follows another one and takes no writes, until `SELECT pg_promote()`. */
export async function startReplicaOf(
  primary: Pick<PostgresServer, "port" | "command">,
  name = "replica",
): Promise<PostgresServer> {
  const backup = findProgram("pg_basebackup", folders) ?? "pg_basebackup";
  const from = `host=127.0.0.1 port=${primary.port} user=owner application_name=${name}`;
  const replica = await startCluster((data) =>
    run(backup, ["-D", data, "-R", "-X", "stream", "-c", "fast", "-d", from]),
  );
  const until = performance.now() + 20_000;
  const following = `SELECT FROM pg_stat_replication WHERE application_name = '${name}' AND state = 'streaming'`;
  while ((await primary.command(following)).length === 0) {
    if (performance.now() > until) throw new Error("the replica does not follow");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return replica;
}

/** @param fill makes the folder of its data */
async function startCluster(
  fill: (data: string) => void,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const port = await freePort();
  const directory = privateFolder("broker-auth-postgres-");
  const data = join(directory, "data");
  fill(data);
  const url = `postgres://owner@127.0.0.1:${port}/postgres`;
  const all = {
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    unix_socket_directories: directory,
    shared_buffers: "16MB",
    max_connections: "300",
    ...settings,
  };
  const words = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const postgres = join(postgresProgram ?? "initdb", "..", "postgres");
  const given = ["-D", data, ...words];
  const server =
    asNobody === undefined
      ? new ServerProgram(postgres, given)
      : new ServerProgram("setpriv", [...asNobody, postgres, ...given]);
  const command = async (statement: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  const start = (): Promise<void> => server.start(() => command("SELECT 1"));
  // Its children do the work: each is stopped, and goes on, like the whole.
  const each = (signal: NodeJS.Signals): void => {
    for (const pid of [server.pid, ...childrenOf(server.pid)]) if (pid !== undefined) signalTo(pid, signal);
  };
  await start();
  return {
    url,
    port,
    command,
    start,
    async stop() {
      const children = childrenOf(server.pid);
      await server.stop();
      for (const pid of children) signalTo(pid, "SIGKILL");
      rmSync(join(data, "postmaster.pid"), { force: true });
    },
    pause: () => each("SIGSTOP"),
    resume: () => each("SIGCONT"),
    async empty() {
      await command("DELETE FROM broker_auth");
    },
    async end() {
      each("SIGCONT");
      // At once, and in order, so that it frees its shared memory.
      await server.stop("SIGQUIT");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PgBouncer in transaction mode before a server: each statement may run on another connection. */
async function startBouncer(behind: PostgresServer): Promise<{ readonly url: string; end(): Promise<void> }> {
  const port = await freePort();
  const directory = privateFolder("broker-auth-bouncer-");
  writeFileSync(join(directory, "users.txt"), '"owner" ""\n', { mode: 0o644 });
  writeFileSync(
    join(directory, "bouncer.ini"),
    `[databases]
postgres = host=127.0.0.1 port=${behind.port} user=owner
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(directory, "users.txt")}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 1000
server_login_retry = 1
`,
    { mode: 0o644 },
  );
  const given = [join(directory, "bouncer.ini")];
  const program = bouncerProgram ?? "pgbouncer";
  const bouncer =
    asNobody === undefined
      ? new ServerProgram(program, given)
      : new ServerProgram("setpriv", [...asNobody, program, ...given]);
  const url = `postgres://owner@127.0.0.1:${port}/postgres`;
  await bouncer.start(async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.end();
  });
  return {
    url,
    async end() {
      await bouncer.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A PostgreSQL that is reached through PgBouncer. */
export async function startBouncedPostgres(): Promise<PostgresServer> {
  const server = await startPostgres();
  const bouncer = await startBouncer(server);
  return {
    ...server,
    url: bouncer.url,
    async end() {
      await bouncer.end();
      await server.end();
    },
  };
}

function run(program: string, given: readonly string[]): void {
  const [command, ...words] =
    asNobody === undefined ? [program, ...given] : ["setpriv", ...asNobody, program, ...given];
  execFileSync(command ?? program, words, { stdio: "pipe" });
}

function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
