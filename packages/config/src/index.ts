// For users: the configuration of @x/core from files and environment variables.
export { loadConfig, type LoadConfigOptions, type LoadedConfiguration } from "./configuration.ts";
export type { KnownDocuments } from "./configuration-file.ts";
export { configSchema, type JsonSchema } from "./configuration-schema.ts";
export type { Environment } from "./environment.ts";
export { accountFromEnv } from "./environment-account.ts";
export {
  type BrokerFactory,
  type Configuration,
  type ConfigurationWarning,
  parseConfig,
  type ParseConfigOptions,
  type SecretResolver,
} from "./parse.ts";
