// For users: the engine, its words, and what it throws.
export { createBrokerAuth } from "./create-broker-auth.ts";
export type { LoginOutcome } from "./engine/login-of-all.ts";
export type { BrokerAuth, HeadersOptions, SessionOf } from "./broker-auth.ts";
export type { AccountInput, BrokerAuthOptions, ConfiguredAccount } from "./engine/engine-options.ts";
export type { AccountSession } from "./engine/account-session.ts";
export type { AccountStatus } from "./engine/account-status.ts";
export type {
  Answer,
  Challenge,
  MpinChallenge,
  OtpChallenge,
  RedirectChallenge,
  TotpChallenge,
} from "./contract/challenge.ts";
export type { AuthorizedRequestInit } from "./requests/request-options.ts";
export type { BrokerAuthProvider } from "./contract/provider.ts";
export { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "./errors/broker-auth-error.ts";
export type { BrokerAuthEvent, BrokerAuthListener } from "./engine/broker-event.ts";
export {
  type AttemptOutcome,
  type BrokerAuthErrorCode,
  type ErrorCodeEntry,
  errorCodes,
  errorMeanings,
  type RetryAdvice,
} from "./errors/error-codes.ts";
export { formatIndiaTime } from "./adapter-kit/india-time.ts";
export type { LoginHandlers, ChallengeContext } from "./engine/login-handlers.ts";
export type { LoginProgress } from "./engine/login-progress.ts";
export { memoryStore } from "./record/memory-store.ts";
export type { NetworkReport } from "./contract/network-report.ts";
export { isSecret, Secret, secret } from "./contract/secret.ts";
export type { SessionOptions } from "./engine/session-acquisition.ts";
export type { SocketPlan } from "./contract/socket-plan.ts";
export type { Lock, LockOptions, RecordHeader, RecordKey, StoredRecord, TokenStore } from "./contract/token-store.ts";
export type { TotpSetup } from "./contract/totp-enrolment.ts";
export type { Warning } from "./contract/login-step.ts";
export type { Clock, PlatformOptions } from "./engine/platform.ts";
