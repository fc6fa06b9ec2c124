import { type Configuration, loadConfig, type SecretResolver } from "@x/config";
import { type BrokerAuth, createBrokerAuth, type PlatformOptions } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import type { DemoProvider } from "../demo-configuration.ts";
import { openDeskStore } from "../desk-store.ts";
import { type CodeWait, watchCodes } from "./code-watch.ts";
import type { RequestWatch } from "./request-watch.ts";

export type DeskAuth = BrokerAuth<DemoProvider, string, string>;

export interface EngineOptions {
  /** The configuration file. */
  readonly config: string;
  /** Where the store and its key are. Engines on the same folder share sessions: one login per account, however many processes. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Finds addresses of the demo's sandbox, `{ sandbox: nubra }`. */
  readonly sandbox: SecretResolver;
  /** Epoch milliseconds, in place of the computer's clock. */
  readonly now?: (() => number) | undefined;
  /** Is told of every request. */
  readonly watch?: RequestWatch | undefined;
  /** Is told of every login that waits for the next TOTP code. */
  readonly waits?: ((wait: CodeWait) => void) | undefined;
}

/** A configuration that was read, and the engine on it. */
export interface Engine {
  readonly auth: DeskAuth;
  readonly configuration: Configuration<DemoProvider>;
}

/** Reads the configuration and opens the store that all engines of this folder share. @throws BrokerAuthError `configuration` */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { config, folder, env, sandbox, now, watch, waits } = options;
  const read = await loadConfig(config, { brokers: [nubra, kotakNeo], env, resolvers: { sandbox } });
  const heard = waits === undefined ? read : watchCodes(read, now ?? Date.now, waits);
  const configuration =
    watch === undefined ? heard : { ...heard, brokers: heard.brokers.map((broker) => watch.over(broker)) };
  const platform: PlatformOptions = {
    ...(now === undefined ? {} : { clock: { now } }),
    ...(watch === undefined ? {} : { fetch: watch.fetch }),
  };
  return { configuration, auth: createBrokerAuth({ ...configuration, store: openDeskStore(folder), ...platform }) };
}

/** Accounts that log in without a person: the others are left to the page. */
export function unattendedAccounts({ accounts }: Configuration<DemoProvider>): readonly string[] {
  return Object.entries(accounts)
    .filter(([, account]) => Object.hasOwn(account, "mpin") && Object.hasOwn(account, "totpSecret"))
    .map(([name]) => name);
}
