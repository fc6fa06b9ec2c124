import { type Configuration, loadConfig, type SecretResolver } from "@x/config";
import { type BrokerAuth, createBrokerAuth } from "@x/core";
import type { AccountIdentity } from "@x/core/adapter";
import { brokers } from "@x/examples/brokers.ts";
import type { DemoProvider } from "../broker-facts.ts";
import { openDeskStore, type Variables } from "../desk-store.ts";

export type DeskAuth = BrokerAuth<DemoProvider, string, string>;
export type DeskAccounts = Configuration<DemoProvider>;

export interface EngineOptions {
  /** The configuration file. */
  readonly config: string;
  readonly env: Variables;
  /** Addresses of the demo's sandbox by broker, `{ sandbox: nubra }`; none without it. */
  readonly sandbox: Readonly<Record<string, string>>;
  /** Where the store and its key are. Engines on the same folder share sessions: one login per account, however many processes. */
  readonly folder: string;
  /** Epoch milliseconds, in place of the computer's clock. */
  readonly now: () => number;
}

/** A configuration that was read, and the engine on it. */
export interface Engine {
  readonly auth: DeskAuth;
  readonly configuration: DeskAccounts;
}

/** @param sandbox finds addresses of the demo's sandbox @throws BrokerAuthError `configuration` */
export async function readAccounts(config: string, env: Variables, sandbox: SecretResolver): Promise<DeskAccounts> {
  return loadConfig(config, { brokers, resolvers: { sandbox }, env });
}

/** Reads the configuration and opens the store that all engines of this folder share. @throws BrokerAuthError `configuration` */
export async function openEngine({ config, env, sandbox, folder, now }: EngineOptions): Promise<Engine> {
  const configuration = await readAccounts(config, env, (broker) => sandbox[broker]);
  const store = await openDeskStore(folder, env);
  return { configuration, auth: createBrokerAuth({ ...configuration, store, clock: { now } }) };
}

/** Accounts that log in without a person: the others are left to the page. */
export function unattendedAccounts(configuration: DeskAccounts): readonly string[] {
  return Object.keys(configuration.accounts).filter((name) => identityOf(configuration, name)?.asks.length === 0);
}

/** Where an account is, and what its login asks a person for, as the adapter reads it from the configuration. */
export function identityOf({ brokers: known, accounts }: DeskAccounts, name: string): AccountIdentity | undefined {
  const { broker, site: _, ...fields } = accounts[name] ?? { broker: "" };
  const provider = known.find((one) => one.broker === broker);
  if (provider === undefined) return undefined;
  // Each adapter has its own credentials, and this one parsed what it is asked about.
  const { identify } = provider as { identify: (credentials: unknown) => AccountIdentity };
  return identify(provider.parseCredentials(fields as never));
}
