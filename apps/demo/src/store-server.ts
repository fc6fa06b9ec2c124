import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BrokerAuthError } from "@x/core";
import type { KeeperReport } from "./store-keeper.ts";
import { sourceFlags } from "./strategy/supervisor.ts";

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
const keeper = fileURLToPath(new URL("store-keeper.ts", import.meta.url));

/** @throws BrokerAuthError `configuration` where the program is not installed, with how to get it */
export async function startStoreServer(place: Exclude<StorePlace, "files">): Promise<StoreServer> {
  const { title, debian, homebrew } = packagesOf[place];
  const child = fork(keeper, [place], { execArgv: [...sourceFlags], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  const [said] = (await Promise.race([once(child, "message"), ended])) as [KeeperReport | number | null];
  if (typeof said !== "object" || said === null) throw new Error(`--store: ${title} could not be started`);
  if (said.url === undefined) {
    const message = `--store: ${title} is not installed; get it with "apt-get install ${debian}" or "brew install ${homebrew}", or leave --store out`;
    throw new BrokerAuthError("configuration", message, { field: "--store" });
  }
  return {
    title,
    url: said.url,
    async end() {
      child.disconnect();
      await ended;
    },
  };
}
