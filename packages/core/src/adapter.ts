// For authors of adapters: the contract, and what every adapter needs to keep it.
export type {
  Answer,
  Challenge,
  MpinChallenge,
  OtpChallenge,
  RedirectChallenge,
  TotpChallenge,
} from "./contract/challenge.ts";
export type { Attempt, Factor, ProviderContext, WaitReason } from "./contract/provider-context.ts";
export type {
  Authorization,
  AuthorizeRequest,
  AccountIdentity,
  BrokerAuthProvider,
  ProbeAnswer,
  ProviderTraits,
  TokenCodec,
} from "./contract/provider.ts";
export type { CredentialField } from "./contract/credential-field.ts";
export type { Json } from "./contract/json.ts";
export type { LoginStep, Warning } from "./contract/login-step.ts";
export type { SessionGrant, Renewal, Session } from "./contract/session.ts";
export type { NetworkReport } from "./contract/network-report.ts";
export type { PendingLogin } from "./contract/pending-login.ts";
export type { Refusal, ResponseView, Verdict } from "./contract/verdict.ts";
export type { SocketPlan } from "./contract/socket-plan.ts";
export type { TotpEnrolment, TotpSetup } from "./contract/totp-enrolment.ts";
export {
  answerDate,
  type BrokerAnswer,
  type BrokerCall,
  type BrokerCallOptions,
  callBroker,
  retryAfter,
} from "./adapter-kit/broker-call.ts";
export { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "./errors/broker-auth-error.ts";
export type { BrokerAuthErrorCode } from "./errors/error-codes.ts";
export { formatIndiaTime, nextIndiaTime } from "./adapter-kit/india-time.ts";
export { isLoopback, type OriginPolicy, trustedUrl } from "./adapter-kit/origin-policy.ts";
export { jwtExpiry, readJwtClaims } from "./adapter-kit/jwt-claims.ts";
export { type AccountInput, type AccountShape, readAccount } from "./adapter-kit/account-input.ts";
export { parseBaseUrl } from "./adapter-kit/base-url.ts";
export { missingPart } from "./errors/missing-part.ts";
export { mpinDigits, plainText } from "./adapter-kit/plain-text.ts";
export { shownAddress } from "./errors/shown-address.ts";
export { unexaminedCall, type UnexaminedCall } from "./adapter-kit/unexamined-call.ts";
export { isSecret, Secret, secret } from "./contract/secret.ts";
export { takeTotpCode, type TotpSource } from "./adapter-kit/totp.ts";
export { totpPeriodMs } from "./adapter-kit/totp-steps.ts";
export { parseTotpCode, parseTotpSecret } from "./adapter-kit/totp-secret.ts";
export { totpCode } from "./adapter-kit/totp-code.ts";
export { wirePath } from "./adapter-kit/wire-path.ts";
