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
export { type AccountInput, type AccountPlace, missingFactors, readAccount } from "./adapter-kit/account-input.ts";
export {
  type AccountShape,
  accountShape,
  type FieldForm,
  mobileNumberForm,
  mpinForm,
  totpSecretForm,
} from "./adapter-kit/account-shape.ts";
export {
  type CallLimits,
  headerValue,
  isPlainObject,
  oneOf,
  type OptionRule,
  readOptions,
} from "./adapter-kit/adapter-options.ts";
export { authorization, isBelow, requirePurpose } from "./adapter-kit/authorization.ts";
export { parseBaseUrl } from "./adapter-kit/base-url.ts";
export {
  answerDate,
  type BrokerAnswer,
  type BrokerCall,
  type BrokerCallOptions,
  callBroker,
  retryAfter,
} from "./adapter-kit/broker-call.ts";
export { brokerTime } from "./adapter-kit/broker-time.ts";
export { shortSession, waitForCutoff } from "./adapter-kit/daily-cutoff.ts";
export { furtherHeaders, headersOption } from "./adapter-kit/further-headers.ts";
export { formatIndiaTime, nextIndiaTime } from "./adapter-kit/india-time.ts";
export { lateProtocol } from "./adapter-kit/late-protocol.ts";
export { isPremature, jwtExpiry, readJwtClaims } from "./adapter-kit/jwt-claims.ts";
export { isLoopback, type OriginPolicy, trustedUrl } from "./adapter-kit/origin-policy.ts";
export { type PendingForm, type PendingLogins, pendingLogins, type PendingOwner } from "./adapter-kit/pending-login.ts";
export { plainText } from "./adapter-kit/plain-text.ts";
export {
  blaming,
  type CallState,
  commonMeanings,
  endedToken,
  isPlainNo,
  knownRefusal,
  lockedText,
  locking,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  refusing,
  type RefusalRow,
  requireUsableToken,
  unexpectedAnswer,
} from "./adapter-kit/refusal.ts";
export { sessionUntil } from "./adapter-kit/session-grant.ts";
export { isHeaderText } from "./adapter-kit/sendable-header.ts";
export {
  busyVerdict,
  deadVerdict,
  deniedCall,
  isPage,
  listAddress,
  listed,
  type ListedPaths,
  type RequestLine,
  unlessSilent,
  viewOf,
} from "./adapter-kit/session-verdict.ts";
export { parseSocketPurpose } from "./adapter-kit/socket-purpose.ts";
export { type FurtherTokens, type StoredFields, tokenCodec } from "./adapter-kit/token-codec.ts";
export { takeNewTotpCode, takeTotpCode, takeTypedTotpCode, totpFactor, type TotpSource } from "./adapter-kit/totp.ts";
export { totpCode } from "./adapter-kit/totp-code.ts";
export { isPlainTotpSecret, parseTotpSecret } from "./adapter-kit/totp-secret.ts";
export { totpPeriodMs } from "./adapter-kit/totp-steps.ts";
export { parseMpin, parseOtp, parseTotpCode, unfitAnswer } from "./adapter-kit/typed-answer.ts";
export { combinedSecret, isSecret, Secret, secret } from "./contract/secret.ts";
export { isObject, wrongArgument } from "./errors/argument.ts";
export {
  attemptCount,
  BrokerAuthError,
  type BrokerAuthErrorDetails,
  isBrokerAuthError,
} from "./errors/broker-auth-error.ts";
export type { BrokerAuthErrorCode } from "./errors/error-codes.ts";
export { contradictionIn } from "./adapter-kit/contradiction.ts";
export { loadPart } from "./errors/missing-part.ts";
export { shownAddress } from "./errors/shown-address.ts";
