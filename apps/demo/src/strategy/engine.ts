import { type Configuration, loadConfig, type SecretResolver } from "@x/config";
import { type BrokerAuth, createBrokerAuth } from "@x/core";
import type { AccountIdentity } from "@x/core/adapter";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import type { DemoProvider } from "../demo-configuration.ts";
import { openDeskStore } from "../desk-store.ts";
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
}

/** A configuration that was read, and the engine on it. */
export interface Engine {
  readonly auth: DeskAuth;
  readonly configuration: Configuration<DemoProvider>;
}

/** Reads the configuration and opens the store that all engines of this folder share. @throws BrokerAuthError `configuration` */
export async function openEngine({ config, folder, env, sandbox, now, watch }: EngineOptions): Promise<Engine> {
  const read = await loadConfig(config, { brokers: [nubra, kotakNeo], env, resolvers: { sandbox } });
  const brokers = watch === undefined ? read.brokers : read.brokers.map((broker) => watch.over(broker));
  const configuration = { ...read, brokers };
  const auth = createBrokerAuth({
    ...configuration,
    store: await openDeskStore(folder, env),
    ...(now === undefined ? {} : { clock: { now } }),
    ...(watch === undefined ? {} : { fetch: watch.fetch }),
  });
  return { configuration, auth };
}

/** Accounts that log in without a person: the others are left to the page. */
export function unattendedAccounts({ accounts }: Configuration<DemoProvider>): readonly string[] {
  const given = Object.entries(accounts);
  return given
    .filter(([, one]) => Object.hasOwn(one, "mpin") && Object.hasOwn(one, "totpSecret"))
    .map(([name]) => name);
}

/** Where an account is, and what its login asks a person for, as the adapter reads it from the configuration. */
export function identityOf(
  { brokers, accounts }: Configuration<DemoProvider>,
  name: string,
): AccountIdentity | undefined {
  const { broker, site: _, ...fields } = accounts[name] ?? { broker: "" };
  const provider = brokers.find((one) => one.broker === broker);
  if (provider === undefined) return undefined;
  // Each adapter has its own credentials, and this one parsed what it is asked about.
  const { identify } = provider as { identify: (credentials: unknown) => AccountIdentity };
  return identify(provider.parseCredentials(fields as never));
}
