export {
  providerConformance,
  type ProviderTestEnvironment,
  type ProviderDifferences,
} from "./testing/provider-conformance.ts";
export type {
  CallList,
  DeclaredAnswer,
  DeclaredCalls,
  DeclaredRefusal,
  DeclaredRefusals,
  DeclaredReply,
  DeclaredVerdicts,
} from "./testing/provider-kit/test-environment.ts";
export { type FakeClock, fakeClock } from "./testing/fake-clock.ts";
export { type ScriptedAnswer, type ScriptedFetch, scriptedFetch, type SentRequest } from "./testing/scripted-fetch.ts";
export { storeConformance } from "./testing/store-conformance.ts";
export type {
  TestEnvironmentNeeds,
  OpenStoreTestEnvironment,
  StoreTestEnvironment,
  StoreDifferences,
  StoreProcess,
  StoreServer,
  TestRunner,
} from "./testing/store-kit/test-environment.ts";
export { type TestContext, testContext, type TestContextOptions } from "./testing/test-context.ts";
