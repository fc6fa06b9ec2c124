// For users of ky: a client on an account, and what it throws besides `BrokerAuthError`.
export {
  type AccountFetch,
  type BrokerClient,
  brokerClient,
  type BrokerClientOptions,
} from "./requests/broker-client.ts";
export {
  ForceRetryError,
  HTTPError,
  isForceRetryError,
  isHTTPError,
  isKyError,
  isNetworkError,
  isTimeoutError,
  KyError,
  type KyInstance,
  type KyRequest,
  type KyResponse,
  NetworkError,
  type Options,
  replaceOption,
  type ResponsePromise,
  SchemaValidationError,
  TimeoutError,
} from "ky";
