import type { TokenStore } from "@x/core";

/** How another process of a test comes to the same store. */
export type StoreAddress =
  | { readonly kind: "sqlite"; readonly directory: string }
  | ({ readonly kind: "redis"; readonly url: string } & SharedOptions)
  | ({ readonly kind: "redis-cluster"; readonly url: string } & SharedOptions)
  | ({ readonly kind: "redis-sentinel"; readonly name: string; readonly port: number } & SharedOptions)
  | ({ readonly kind: "postgres"; readonly url: string } & SharedOptions);

export interface SharedOptions {
  readonly leaseMs?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** A place of its own on a server that others use too: the prefix of keys, or the table. */
  readonly apart?: string | undefined;
}

/** A store in clear, and how its client is ended. */
export interface OpenedStore {
  readonly store: TokenStore;
  end(): Promise<void>;
}

/** Opens a store as a user's program does. */
export async function openStore(address: StoreAddress): Promise<OpenedStore> {
  const plaintext = "i-understand";
  switch (address.kind) {
    case "sqlite": {
      const { sqliteStore } = await import("../sqlite-store.ts");
      const store = sqliteStore({ directory: address.directory, plaintext });
      return { store, end: () => store.close() };
    }
    case "redis": {
      const { createClient } = await import("redis");
      const { redisStore } = await import("../redis-store.ts");
      const { url, leaseMs, timeoutMs, apart: prefix } = address;
      const client = createClient({ url, socket: { reconnectStrategy: 50 } });
      client.on("error", () => undefined);
      await client.connect();
      return {
        store: redisStore(client, { plaintext, leaseMs, timeoutMs, prefix }),
        end: async () => client.destroy(),
      };
    }
    case "redis-cluster": {
      const { createCluster } = await import("redis");
      const { redisStore } = await import("../redis-store.ts");
      const { url, leaseMs, timeoutMs, apart: prefix } = address;
      const cluster = createCluster({ rootNodes: [{ url }], defaults: { socket: { reconnectStrategy: 50 } } });
      cluster.on("error", () => undefined);
      await cluster.connect();
      return {
        store: redisStore(cluster, { plaintext, leaseMs, timeoutMs, prefix }),
        end: async () => cluster.destroy(),
      };
    }
    case "redis-sentinel": {
      const { createSentinel } = await import("redis");
      const { redisStore } = await import("../redis-store.ts");
      const { name, port, leaseMs, timeoutMs, apart: prefix } = address;
      const sentinel = createSentinel({ name, sentinelRootNodes: [{ host: "127.0.0.1", port }] });
      sentinel.on("error", () => undefined);
      await sentinel.connect();
      return {
        store: redisStore(sentinel, { plaintext, leaseMs, timeoutMs, prefix }),
        end: async () => sentinel.destroy(),
      };
    }
    case "postgres": {
      const { Pool } = await import("pg");
      const { migrate, postgresStore } = await import("../postgres-store.ts");
      const { url, leaseMs, timeoutMs, apart: table } = address;
      // Few, as the documentation says: fifty programs share a server.
      const pool = new Pool({ connectionString: url, max: 4 });
      if (table !== undefined) await migrate(pool, { table });
      return { store: postgresStore(pool, { plaintext, leaseMs, timeoutMs, table }), end: () => pool.end() };
    }
    default:
      return address satisfies never;
  }
}
