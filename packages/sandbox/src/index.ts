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
export type { NetworkScenarioName } from "./network-fault.ts";
export { type SandboxErrorCode, SandboxError } from "./sandbox-error.ts";
export { type Sandbox, type SandboxOptions, demoAccounts, startSandbox } from "./sandbox.ts";
export type { Scenario, ScenarioBook, ScenarioOrder } from "./scenario.ts";
export { TOTP_STEP_MS, totpCode } from "./totp-verifier.ts";
export type { SmsMessage } from "./nubra/account-state.ts";
export type { NubraAccountInput, NubraSandboxAccount } from "./nubra/account.ts";
export type { NubraControls } from "./nubra/controls.ts";
export type {
  NubraEnvironment,
  NubraLifetimes,
  NubraProfile,
  NubraSandboxOptions,
  NubraTotpWire,
} from "./nubra/options.ts";
export { type NubraSandbox, startNubraSandbox } from "./nubra/sandbox.ts";
export { type NubraScenarioName, nubraScenarios } from "./nubra/scenarios.ts";
export type { NubraFailureStyle } from "./nubra/refusal.ts";
export type { KotakNeoAccountInput, KotakNeoSandboxAccount } from "./kotak-neo/account.ts";
export type { KotakNeoControls } from "./kotak-neo/controls.ts";
export type { KotakNeoApi, KotakNeoSandboxOptions } from "./kotak-neo/options.ts";
export { type KotakNeoSandbox, startKotakNeoSandbox } from "./kotak-neo/sandbox.ts";
export { type KotakNeoScenarioName, kotakNeoScenarios } from "./kotak-neo/scenarios.ts";
export type { KotakNeoFailureStyle } from "./kotak-neo/refusal.ts";
export type { SessionRefusalForm } from "./kotak-neo/session-refusal.ts";
export type { ZerodhaAccountInput, ZerodhaSandboxAccount } from "./zerodha/account.ts";
export type { ZerodhaControls } from "./zerodha/controls.ts";
export type { ZerodhaSandboxOptions } from "./zerodha/options.ts";
export { type ZerodhaSandbox, startZerodhaSandbox } from "./zerodha/sandbox.ts";
export { type ZerodhaScenarioName, zerodhaScenarios } from "./zerodha/scenarios.ts";
export type { AngelOneAccountInput, AngelOneSandboxAccount } from "./angel-one/account.ts";
export type { AngelOneControls } from "./angel-one/controls.ts";
export type { AngelOneSandboxOptions } from "./angel-one/options.ts";
export { type AngelOneSandbox, startAngelOneSandbox } from "./angel-one/sandbox.ts";
export { type AngelOneScenarioName, angelOneScenarios } from "./angel-one/scenarios.ts";
