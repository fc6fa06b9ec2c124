import { BrokerAuthError, isBrokerAuthError, type TokenStore } from "@x/core";
import { isObject, wrongArgument as wrong } from "@x/core/adapter";
import { resolveReference, type SecretResolver } from "./parsed-configuration.ts";

type Fields = Readonly<Record<string, unknown>>;
type Resolvers = Readonly<Record<string, SecretResolver>>;

const kinds = ["redis", "postgres"] as const;
type Kind = (typeof kinds)[number];
const options: Readonly<Record<Kind, readonly string[]>> = {
  redis: ["url", "prefix", "timeoutMs", "leaseMs"],
  postgres: ["url", "table", "migrate", "timeoutMs", "leaseMs"],
};
// One account needs one connection at a time, for milliseconds.
const mostConnections = 4;

/** A store and the client that was made for it. */
interface OpenedStore {
  readonly store: TokenStore;
  end(): Promise<void>;
}

/**
 * The store that a configuration names. It is connected at its first use, and its client is ended with it.
 * @throws BrokerAuthError `configuration` with the path of the field; also where a package is not installed
 */
export async function configuredStore(input: unknown, resolvers: Resolvers): Promise<TokenStore> {
  const { key, plaintext, ...rest } = asObject(input, "store");
  const [kind, surplus] = Object.keys(rest);
  if (surplus !== undefined || !isKind(kind))
    throw wrong("store", `must have exactly one of ${kinds.join(" and ")}, and may have key or plaintext`);
  if (plaintext !== undefined && plaintext !== "i-understand")
    throw wrong("store.plaintext", 'must be "i-understand", or left out');
  const given = asObject(rest[kind], `store.${kind}`);
  const stranger = Object.keys(given).find((name) => !options[kind].includes(name));
  if (stranger !== undefined)
    throw wrong(`store.${kind}`, `has an unknown option; there are ${options[kind].join(", ")}`);
  const { url: reference, ...more } = given;
  const url = await textOf(reference, `store.${kind}.url`, resolvers);
  const open = kind === "redis" ? await redis(url, more) : await postgres(url, more);
  // Made once, so that a wrong option is told now.
  await open(plaintext).end();
  const store = openedLater(kind === "redis" ? "Redis" : "PostgreSQL", () => open(plaintext));
  if (plaintext !== undefined) return store;
  const { encrypted } = await part("@x/stores", () => import("@x/stores/encrypted"));
  const { environmentKey } = await part("@x/stores", () => import("@x/stores/key-file"));
  const text = await textOf(key ?? { env: "STORE_KEY" }, "store.key", resolvers);
  return encrypted(store, {
    ...environmentKey("STORE_KEY", { STORE_KEY: text }),
    place: "store.key of the configuration",
  });
}

async function redis(url: string, given: Fields): Promise<(plaintext: unknown) => OpenedStore> {
  const { redisStore } = await part("@x/stores", () => import("@x/stores/redis"));
  const { createClient } = await part("redis", () => import("redis"));
  return (plaintext) => {
    const client = address("store.redis.url", () => createClient({ url }));
    const store = optionsOf("store.redis", () => redisStore(client, { ...given, plaintext } as never));
    return {
      store: { ...store, ready: async () => connect(client) },
      end: async () => {
        if (client.isOpen) client.destroy();
      },
    };
  };
}

// Tried again for as long as it takes: each call of the store has a limit of its own, and says what stood in the way.
function connect(client: { readonly isOpen: boolean; connect(): Promise<unknown> }): void {
  if (!client.isOpen) client.connect().catch(() => undefined);
}

async function postgres(
  url: string,
  { migrate: makesTable, ...given }: Fields,
): Promise<(plaintext: unknown) => OpenedStore> {
  if (makesTable !== undefined && typeof makesTable !== "boolean")
    throw wrong("store.postgres.migrate", "must be true or false");
  const { migrate, postgresStore } = await part("@x/stores", () => import("@x/stores/postgres"));
  const { Pool } = await part("pg", () => import("pg"));
  return (plaintext) => {
    const pool = address("store.postgres.url", () => new Pool({ connectionString: url, max: mostConnections }));
    const store = optionsOf("store.postgres", () => postgresStore(pool, { ...given, plaintext } as never));
    const { table } = given as { readonly table?: string };
    return {
      store: { ...store, ready: async () => (makesTable === true ? migrate(pool, { table }) : undefined) },
      end: () => pool.end(),
    };
  };
}

/** A store that is opened at its first use, and anew after it was closed. */
function openedLater(place: string, open: () => OpenedStore): TokenStore {
  let opened: { readonly one: OpenedStore; readonly ready: Promise<void> } | undefined;
  const store = async (): Promise<TokenStore> => {
    const one = opened?.one ?? open();
    const current = (opened ??= { one, ready: one.store.ready?.() ?? Promise.resolve() });
    try {
      await current.ready;
    } catch (error) {
      if (opened === current) opened = undefined;
      await one.end();
      throw error;
    }
    return current.one.store;
  };
  return {
    scope: "network",
    place,
    read: async (key) => (await store()).read(key),
    swap: async (key, expected, next) => (await store()).swap(key, expected, next),
    lock: async (key, wait) => (await store()).lock(key, wait),
    async *keys() {
      yield* (await store()).keys();
    },
    purge: async (key) => (await store()).purge(key),
    async close() {
      const closing = opened?.one;
      opened = undefined;
      await closing?.store.close();
      await closing?.end();
    },
  };
}

async function textOf(value: unknown, field: string, resolvers: Resolvers): Promise<string> {
  if (typeof value === "string" && value !== "") return value;
  if (value === undefined) throw wrong(field, `is missing; refer to it: { "env": "NAME" }`);
  return resolveReference(asObject(value, field), field, resolvers);
}

async function part<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new BrokerAuthError("configuration", `store: the package ${name} cannot be loaded`, {
      field: "store",
      action: `Install it beside @x/config: npm install ${name}`,
      cause,
    });
  }
}

// Its own words may repeat the address, with the password in it.
function address<Client>(field: string, make: () => Client): Client {
  try {
    return make();
  } catch {
    throw wrong(field, "is no address of such a server");
  }
}

function optionsOf(path: string, make: () => TokenStore): TokenStore {
  try {
    return make();
  } catch (error) {
    if (!isBrokerAuthError(error) || error.field === undefined) throw error;
    throw new BrokerAuthError(error.code, `${path}.${error.message}`, {
      field: `${path}.${error.field}`,
      action: error.action,
    });
  }
}

function isKind(kind: string | undefined): kind is Kind {
  return kinds.some((known) => known === kind);
}

function asObject(value: unknown, field: string): Fields {
  if (!isObject(value)) throw wrong(field, "must be an object with named fields");
  return value;
}
