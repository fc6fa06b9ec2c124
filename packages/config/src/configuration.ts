import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BrokerAuthError, type TokenStore } from "@x/core";
import { type BrokerAuthProvider, isObject } from "@x/core/adapter";
import { configuredStore } from "./configured-store.ts";
import { type KnownDocuments, readConfigurationFile } from "./configuration-file.ts";
import { type EnvFile, type Environment, readEnvFile, readVariable } from "./environment.ts";
import type { LooseRights } from "./loose-rights.ts";
import {
  type BrokerFactory,
  type Configuration,
  type ConfigurationWarning,
  parseConfig,
  type SecretResolver,
} from "./parsed-configuration.ts";
import { readSecretFile } from "./secret-file.ts";

export interface LoadConfigOptions<Factory extends BrokerFactory> {
  /** The adapters that the program knows, such as `[nubra, kotakNeo]`. */
  readonly brokers: readonly Factory[];
  /** Further kinds of references, beside `env` and `file`; one of these two names replaces ours. */
  readonly resolvers?: Readonly<Record<string, SecretResolver>> | undefined;
  /** Where `{ "env": … }` looks first. Default `process.env`. It is read while loading, and never written. */
  readonly env?: Environment | undefined;
  /**
   * Where `{ "env": … }` looks next: a file of `NAME=value` lines, its path starting at the configuration's folder. Default `.env`, which may
   * be missing; a file that is named here must be there. `false`: none.
   */
  readonly envFile?: string | false | undefined;
  /** YAML that was read before. Default: none; every call reads anew. */
  readonly known?: KnownDocuments | undefined;
}

/** What a file says, and the store that it names. */
export interface LoadedConfiguration<
  Provider extends BrokerAuthProvider = BrokerAuthProvider,
> extends Configuration<Provider> {
  /** Undefined where the file names none. It is connected at its first use, and ended by the engine's `close()`. */
  readonly store: TokenStore | undefined;
}

const noEnvFile: EnvFile = { variables: {}, rights: undefined };

/**
 * Reads a JSON or YAML file into what `createBrokerAuth` takes, with the secrets that it refers to. Reads files, and nothing else: no network,
 * no login. What works and should still be changed comes back as `warnings`, for the program to show.
 * @throws BrokerAuthError `configuration` with the path of the field; for a file that cannot be used, with its name as it was given
 */
export async function loadConfig<Factory extends BrokerFactory>(
  path: string | URL,
  options: LoadConfigOptions<Factory>,
): Promise<LoadedConfiguration<ReturnType<Factory>>> {
  const given = pathOf(path);
  if (typeof options !== "object" || options === null || !Array.isArray(options.brokers))
    throw wrong("brokers", `is missing: loadConfig(path, { brokers: [nubra] })`);
  const document = await readConfigurationFile(resolve(given), given, options.known);
  const folder = dirname(resolve(given));
  const { env = process.env, envFile } = options;
  const fileName = envFile === false ? ".env" : (envFile ?? ".env");
  const file = envFile === false ? noEnvFile : await readEnvFile(folder, fileName, envFile === undefined);
  const warnings: ConfigurationWarning[] = [];
  const fromFile = (name: string): string | undefined => {
    const value = readVariable(file.variables, name);
    // A folder may hold a .env of other programs: how it is kept matters once something is taken from it.
    if (value !== undefined && file.rights !== undefined && warnings.length === 0)
      warnings.push(kept(fileName, file.rights));
    return value;
  };
  const resolvers: Readonly<Record<string, SecretResolver>> = {
    env: (name) => readVariable(env, name) ?? fromFile(name) ?? notSet(name, envFile ?? fileName),
    file: (name) => readSecretFile(folder, name),
    ...options.resolvers,
  };
  const { store: storeInput, ...rest } = isObject(document) ? document : { store: undefined };
  const configuration = await parseConfig(isObject(document) ? rest : document, {
    brokers: options.brokers,
    resolvers,
  });
  const store = storeInput === undefined ? undefined : await configuredStore(storeInput, resolvers);
  return { ...configuration, store, warnings: [...configuration.warnings, ...warnings] };
}

function pathOf(path: unknown): string {
  if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
  if (typeof path === "string" && path !== "") return path;
  throw wrong("path", 'must be the path of a file: loadConfig("broker-auth.yaml", { brokers: [nubra] })');
}

function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}

// Editors leave a .env readable for all. One that others can change would let them decide what this program logs in with.
function kept(name: string, { may, message: rights }: LooseRights): ConfigurationWarning {
  const message = `envFile: ${name} ${rights}`;
  if (may === "change") throw new BrokerAuthError("configuration", message, { field: "envFile" });
  return { field: "envFile", message };
}

function notSet(name: string, envFile: string | false): never {
  // Someone may have written the value where its name belongs: what does not look like a name is not repeated.
  const variable = /^[A-Za-z]+(_\w+)+$|^[A-Za-z]{1,12}$/.test(name) ? `the variable ${name}` : "the variable it names";
  const place = envFile === false ? "in the environment" : `in the environment or in ${envFile}`;
  throw new BrokerAuthError("configuration", `${variable} is not set; set it ${place}`);
}
