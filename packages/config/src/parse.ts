// Web standards alone: for programs that have their configuration from elsewhere than a file.
export {
  type BrokerFactory,
  type Configuration,
  type ConfigurationWarning,
  parseConfig,
  type ParseConfigOptions,
  type SecretResolver,
} from "./parsed-configuration.ts";
