import { BrokerAuthError } from "@x/core";
import type { TestServer } from "../../../packages/stores/src/testing/server-environment.ts";

/** Where the demo can keep sessions: in its folder, or in a server that it starts. */
export const storePlaces = ["files", "redis", "postgres"] as const;
export type StorePlace = (typeof storePlaces)[number];

/** A server of this run. What it keeps ends with it. */
interface StoreServer {
  readonly title: string;
  readonly url: string;
  end(): Promise<void>;
}

const packagesOf = {
  redis: { title: "Redis", debian: "redis-server", homebrew: "redis" },
  postgres: { title: "PostgreSQL", debian: "postgresql", homebrew: "postgresql" },
} as const;

/** @throws BrokerAuthError `configuration` where the program is not installed, with how to get it */
export async function startStoreServer(place: Exclude<StorePlace, "files">): Promise<StoreServer> {
  const { title } = packagesOf[place];
  const server = await (place === "redis" ? redis() : postgres());
  return { title, url: server.url, end: () => server.end() };
}

// The servers that the stores are tested on.
async function redis(): Promise<TestServer> {
  const { redisProgram, startRedis } = await import("../../../packages/stores/src/testing/redis-server.ts");
  if (redisProgram === undefined) throw notInstalled("redis");
  return startRedis();
}

async function postgres(): Promise<TestServer> {
  const { postgresProgram, startPostgres } = await import("../../../packages/stores/src/testing/postgres-server.ts");
  if (postgresProgram === undefined) throw notInstalled("postgres");
  return startPostgres();
}

function notInstalled(place: keyof typeof packagesOf): BrokerAuthError {
  const { title, debian, homebrew } = packagesOf[place];
  const message = `--store: ${title} is not installed; get it with "apt-get install ${debian}" or "brew install ${homebrew}", or leave --store out`;
  return new BrokerAuthError("configuration", message, { field: "--store" });
}
