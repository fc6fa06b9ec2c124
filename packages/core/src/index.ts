// For users: the engine, its words, and what it throws.
export { createBrokerAuth } from "./create-broker-auth.ts";
export type { BrokerAuth, HeadersOptions, LoginOutcome, SessionOf } from "./broker-auth.ts";
export type { AccountInput } from "./engine-options.ts";
export type { BrokerAuthOptions } from "./engine-options.ts";
export type { AccountSession } from "./account-session.ts";
export type { AccountStatus } from "./account-status.ts";
export type { Answer, Challenge, MpinChallenge, OtpChallenge, RedirectChallenge, TotpChallenge } from "./challenge.ts";
export type { AuthorizedRequestInit } from "./request-options.ts";
export type { BrokerAuthProvider } from "./provider.ts";
export { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "./broker-auth-error.ts";
export type { BrokerAuthEvent, BrokerAuthListener } from "./broker-event.ts";
export type {
  BrokerFactory,
  Configuration,
  ConfigurationWarning,
  ConfiguredAccount,
  ParseConfigOptions,
  SecretResolver,
} from "./configuration.ts";
export { parseConfig } from "./configuration.ts";
export {
  type AttemptOutcome,
  type BrokerAuthErrorCode,
  type ErrorCodeEntry,
  errorCodes,
  errorMeanings,
  type RetryAdvice,
} from "./error-codes.ts";
export { formatIndiaTime } from "./india-time.ts";
export type { LoginHandlers, Refused } from "./login-handlers.ts";
export type { LoginProgress } from "./login-progress.ts";
export { memoryStore } from "./memory-store.ts";
export type { NetworkReport } from "./network-report.ts";
export { isSecret, Secret, secret } from "./secret.ts";
export type { SessionOptions } from "./account.ts";
export type { SocketPlan } from "./socket-plan.ts";
export type { Lock, LockOptions, RecordHeader, RecordKey, StoredRecord, TokenStore } from "./token-store.ts";
export type { TotpSetup } from "./totp-enrolment.ts";
export type { Warning } from "./login-step.ts";
export type { Clock, PlatformOptions } from "./platform.ts";
