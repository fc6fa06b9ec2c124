// For authors of adapters: the contract, and what every adapter needs to keep it.
export type { Answer, Challenge, MpinChallenge, OtpChallenge, RedirectChallenge, TotpChallenge } from "./challenge.ts";
export type { Attempt, Factor, Io, WaitReason } from "./io.ts";
export type {
  Authorization,
  AuthorizeRequest,
  AccountIdentity,
  BrokerAuthProvider,
  ProbeAnswer,
  ProviderTraits,
  TokenCodec,
} from "./provider.ts";
export type { CredentialField } from "./credential-field.ts";
export type { Json } from "./json.ts";
export type { LoginStep, Warning } from "./login-step.ts";
export type { MintedSession, Renewal, Session } from "./session.ts";
export type { NetworkReport } from "./network-report.ts";
export type { PendingLogin } from "./pending-login.ts";
export type { Refusal, ResponseView, Verdict } from "./verdict.ts";
export type { SocketPlan } from "./socket-plan.ts";
export type { TotpEnrolment, TotpSetup } from "./totp-enrolment.ts";
export {
  answerDate,
  type BrokerAnswer,
  type BrokerCall,
  type BrokerCallOptions,
  callBroker,
  retryAfter,
} from "./broker-call.ts";
export { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "./broker-auth-error.ts";
export type { BrokerAuthErrorCode } from "./error-codes.ts";
export { formatIndiaTime, nextIndiaTime } from "./india-time.ts";
export { isLoopback, type OriginPolicy, trustedUrl } from "./origin-policy.ts";
export { jwtExpiry, readJwtClaims } from "./jwt-claims.ts";
export { type AccountInput, type AccountShape, readAccount } from "./account-input.ts";
export { parseBaseUrl } from "./base-url.ts";
export { missingPart } from "./missing-part.ts";
export { mpinDigits, plainText } from "./plain-text.ts";
export { shownAddress } from "./shown-address.ts";
export { unexaminedCall, type UnexaminedCall } from "./unexamined-call.ts";
export { isSecret, Secret, secret } from "./secret.ts";
export { takeTotpCode, type TotpSource } from "./totp.ts";
export { totpPeriodMs } from "./totp-steps.ts";
export { parseTotpCode, parseTotpSecret } from "./totp-secret.ts";
export { totpCode } from "./totp-code.ts";
export { wirePath } from "./wire-path.ts";
