import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BrokerAuthError,
  type BrokerFactory,
  type Configuration,
  type ConfigurationWarning,
  parseConfig,
  type SecretResolver,
} from "@x/core";
import { readConfigurationFile } from "./configuration-file.ts";
import { type Environment, readEnvFile, readVariable } from "./environment.ts";
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
}

/**
 * Reads a JSON or YAML file into what `createBrokerAuth` takes, with the secrets that it refers to. Reads files, and nothing else: no network,
 * no login. What works and should still be changed comes back as `warnings`, for the program to show.
 * @throws BrokerAuthError `configuration` with the path of the field; for a file that cannot be used, with its name as it was given
 */
export async function loadConfig<Factory extends BrokerFactory>(
  path: string | URL,
  options: LoadConfigOptions<Factory>,
): Promise<Configuration<ReturnType<Factory>>> {
  const given = path instanceof URL ? fileURLToPath(path) : path;
  const document = await readConfigurationFile(resolve(given), given);
  const folder = dirname(resolve(given));
  const { env = process.env, envFile } = options;
  const file = envFile === false ? {} : await readEnvFile(folder, envFile ?? ".env", envFile === undefined);
  const warnings = new Map<string, ConfigurationWarning>();
  const resolvers: Readonly<Record<string, SecretResolver>> = {
    env: (name) => readVariable(env, name) ?? readVariable(file, name) ?? notSet(name, envFile ?? ".env"),
    async file(name, field) {
      const { value, warning } = await readSecretFile(folder, name);
      if (warning !== undefined) warnings.set(name, { field, message: `${field}: ${warning}` });
      return value;
    },
    ...options.resolvers,
  };
  const configuration = await parseConfig(document, { brokers: options.brokers, resolvers });
  return { ...configuration, warnings: [...configuration.warnings, ...warnings.values()] };
}

function notSet(name: string, envFile: string | false): never {
  // Someone may have written the value where its name belongs: what does not look like a name is not repeated.
  const variable = /^[A-Za-z]+(_\w+)+$|^[A-Za-z]{1,12}$/.test(name) ? `the variable ${name}` : "the variable it names";
  const place = envFile === false ? "in the environment" : `in the environment or in ${envFile}`;
  throw new BrokerAuthError("configuration", `${variable} is not set; set it ${place}`);
}
