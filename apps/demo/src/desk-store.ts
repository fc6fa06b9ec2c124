import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { BrokerAuthError, type TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";

/** Of the environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variable with the address of a Redis or PostgreSQL, where the demo's processes keep their sessions in one. */
export const storeVariable = "DEMO_STORE";

/** The store of all processes of the demo: one SQLite file in its folder, or a server. Sealed with a key that lies in the folder. */
export async function openDeskStore(folder: string, env: Variables): Promise<TokenStore> {
  // Beside the store the key protects against nothing but a look at the one file. Keep yours where no backup of the store goes.
  const key = keyFile(join(folder, "key", "store.key"));
  const address = env[storeVariable];
  if (address === undefined) return encrypted(sqliteStore({ directory: join(folder, "store") }), key);
  return encrypted(await (address.startsWith("redis:") ? onRedis(address) : onPostgres(address)), key);
}

async function onRedis(url: string): Promise<TokenStore> {
  const { createClient } = await import("redis");
  const { redisStore } = await import("@x/stores/redis");
  const client = createClient({ url });
  client.on("error", () => undefined);
  await client.connect();
  return endingWith(redisStore(client), () => (client.isOpen ? client.destroy() : undefined));
}

async function onPostgres(connectionString: string): Promise<TokenStore> {
  const { Pool } = await import("pg");
  const { postgresStore } = await import("@x/stores/postgres");
  const pool = new Pool({ connectionString, max: 4 });
  return endingWith(postgresStore(pool), () => (pool.ended ? undefined : pool.end()));
}

/** A store leaves its client to whoever has made it. Here that is the same. */
function endingWith(store: TokenStore, end: () => void | Promise<void>): TokenStore {
  return { ...store, close: async () => store.close().then(end) };
}

/**
 * Where the demo keeps what outlives a run: the platform's place for a user's state, below it `broker-auth-demo`.
 * @throws BrokerAuthError `configuration` for a user without a home directory, who has no such place
 */
export function demoFolder(env: Variables, platform: NodeJS.Platform = process.platform): string {
  const name = "broker-auth-demo";
  if (platform === "win32") return join(env["LOCALAPPDATA"] || join(homeDirectory(), "AppData", "Local"), name);
  if (platform === "darwin") return join(homeDirectory(), "Library", "Application Support", name);
  return join(env["XDG_STATE_HOME"] || join(homeDirectory(), ".local", "state"), name);
}

function homeDirectory(): string {
  try {
    const home = homedir();
    if (isAbsolute(home)) return home;
  } catch {
    // A container's user is often not in the system's list.
  }
  const message = "--data: this user has no home directory; give a folder";
  throw new BrokerAuthError("configuration", message, { field: "--data" });
}
