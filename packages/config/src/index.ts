// For users: the configuration of @x/core from files and environment variables.
export { accountFromEnv } from "./environment-account.ts";
export type { Environment } from "./environment.ts";
export { configSchema, type JsonSchema } from "./configuration-schema.ts";
export { loadConfig, type LoadConfigOptions } from "./configuration.ts";
