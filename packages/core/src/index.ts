export { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "./broker-auth-error.ts";
export { type AttemptOutcome, type BrokerAuthErrorCode, errorCodes, type RetryAdvice } from "./error-codes.ts";
export { isSecret, Secret, secret } from "./secret.ts";
export { memoryStore } from "./memory-store.ts";
