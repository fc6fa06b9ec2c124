export type { BrokerControl, BrokerSandboxOptions, SandboxBroker } from "./broker.ts";
export { type SandboxClock, type SandboxClockOptions, createSandboxClock } from "./clock.ts";
export {
  type Journal,
  type JournalArrival,
  type JournalEntry,
  type JournalFacts,
  type JournalFilter,
  type JournalOptions,
  type OpenJournalEntry,
  createJournal,
} from "./journal.ts";
export type { Json, JsonObject } from "./json.ts";
export { mintJwt, readJwtClaims } from "./jwt.ts";
export { type SandboxErrorCode, SandboxError } from "./sandbox-error.ts";
export { type Sandbox, type SandboxOptions, demoAccounts, startSandbox } from "./sandbox.ts";
export type { Scenario, ScenarioBook, ScenarioOrder } from "./scenario.ts";
export { TOTP_STEP_MS, totpCode } from "./totp-verifier.ts";
export type { SmsMessage } from "./nubra/account-state.ts";
export type { NubraSandboxAccount } from "./nubra/nubra-account.ts";
export type { NubraSandboxOptions } from "./nubra/nubra-options.ts";
export { type NubraSandbox, startNubraSandbox } from "./nubra/nubra-sandbox.ts";
export { type NubraScenarioName, nubraScenarios } from "./nubra/nubra-scenarios.ts";
export type { NubraEnvironment, NubraLifetimes, NubraProfile, NubraTotpWire } from "./nubra/nubra-world.ts";
export type { NubraFailureStyle } from "./nubra/refusal.ts";
export type { KotakNeoSandboxAccount } from "./kotak-neo/kotak-neo-account.ts";
export {
  type KotakNeoSandbox,
  type KotakNeoSandboxOptions,
  startKotakNeoSandbox,
} from "./kotak-neo/kotak-neo-sandbox.ts";
export { type KotakNeoScenarioName, kotakNeoScenarios } from "./kotak-neo/kotak-neo-scenarios.ts";
export type { KotakNeoFailureStyle } from "./kotak-neo/refusal.ts";
export type { KotakNeoApi } from "./kotak-neo/routes.ts";
export type { SessionRefusalForm } from "./kotak-neo/session-refusal.ts";
