export {
  type BrokerScenario,
  type TestEnvironment,
  type TestEnvironmentOptions,
  loginSteps,
  openTestEnvironment,
} from "./test-environment.ts";
export type { ConfiguredAccount, TestAccount, TestAccountName } from "./test-account.ts";
export type { TestAuth, TestEngineChanges } from "./test-engine.ts";
export { type TestPlan, openPlannedEngine, openPlannedStore } from "./test-plan.ts";
