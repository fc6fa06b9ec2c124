export type { ExampleBrokerAccount, ExampleBrokerCredentials } from "./credentials.ts";
export type { ExampleBrokerOptions } from "./options.ts";
export { exampleBroker, type ExampleBrokerProvider } from "./provider.ts";
export type { ExampleBrokerTokens } from "./tokens.ts";
