import { type LoadedConfiguration, loadConfig } from "@x/config";
import { type BrokerAuth, createBrokerAuth } from "@x/core";
import { localStore } from "@x/stores/local";
import { brokers } from "./brokers.ts";
import { ConfigurationCache } from "./configuration-cache.ts";
import { trustedConfiguration } from "./trusted-configuration.ts";

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string | undefined;
}

/** What a command works with: the configuration and the engine on it. */
export interface Desk extends AsyncDisposable {
  readonly auth: BrokerAuth;
  readonly configuration: LoadedConfiguration;
  /** The configuration's file. */
  readonly path: string;
}

/** Reads the configuration and opens the engine. Sends nothing. @throws BrokerAuthError `configuration` */
export async function openDesk({ config }: CommonOptions, ownFetch?: typeof fetch): Promise<Desk> {
  const path = trustedConfiguration(config);
  const known = new ConfigurationCache(path);
  const configuration: LoadedConfiguration = await loadConfig(path, { brokers, known });
  known.write(configuration.warnings.length === 0);
  const auth: BrokerAuth = createBrokerAuth({
    ...configuration,
    store: configuration.store ?? localStore(),
    program: programName(process.argv.slice(2)),
    ...(ownFetch === undefined ? {} : { fetch: ownFetch }),
  });
  return { auth, configuration, path, [Symbol.asyncDispose]: () => auth.close() };
}

// What others see of who logged in. Words of the command line that are no commands of ours may be anything, and are not repeated.
function programName(argv: readonly string[]): string {
  const command = argv.find((word) => minting.has(word)) ?? "";
  return `broker-auth ${command}${command === "agent" ? ` (process ${process.pid})` : ""}`.trim();
}

const minting = new Set(["login", "get", "headers", "curl", "exec", "agent", "totp", "logout"]);
