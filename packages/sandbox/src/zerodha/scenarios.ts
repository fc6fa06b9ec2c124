import { networkScenarios } from "../network-fault.ts";

const own = {
  "spent-request-token": "the request token is refused whatever it is [text: one of the broker's three]",
  "wrong-secret": "the checksum is refused whatever it is [text]",
  "foreign-user": "another customer has logged in at the page: the login call answers that user_id [userId AA0000]",
  "no-redirect-params": "the page leads back without what redirect_params held",
  "refused-consent": "the page leads back without a request token [status cancelled]",
  "more-query": "the page leads back with further words [action login, status success]",
  "session-expired": "the session ends at its next call [form: token, empty, html or credentials]",
  cutoff:
    "when set: the clock moves on to 06:00 IST. It is the clock of the whole sandbox: the other brokers move with it, and what lasts hours there ends too",
  "session-replaced": "at the next session call somebody logs in on another device first, which ends the others [form]",
  permission: "403 PermissionException: the plan lacks the call, the session lives",
  forbidden: "403 without a body, the session lives",
  "ip-not-allowed": "the call comes from an address that is not listed [status 403, errorType PermissionException]",
  "success-with-exception": "HTTP 200 whose body says TokenException [errorType]",
  "empty-success": "HTTP 200 whose JSON is an empty object",
  "clock-skew": 'the broker\'s clock is off by skewMs, visible in the Date header; for "*" only',
  "reset-after-token": "the connection is reset after the session was minted",
  "extra-fields": "the login call answers fields that nobody knows",
  "no-token": "the login call answers 200 without a field [field access_token]",
  "wrong-type": "a number where a text belongs [field access_token]",
  "proto-keys": "success whose only token sits under __proto__ and constructor",
  contradiction: "a success that says it is an error as well [errorType GeneralException, text]",
  "echo-secrets": "the refusal repeats what the request carried [status 400]",
} as const;

/**
 * What the Zerodha sandbox can play. Parameters stand in brackets, all optional. Steps are "login-page", "session-token", "refresh-token",
 * "logout", "socket" and those of the session calls, which are named after their paths: "profile", "margins", "orders", "order", "trades",
 * "order-trades", "place-order", "modify-order", "cancel-order", "order-margins", "basket-margins", "charges", "positions", "convert-position",
 * "holdings", "auctions", "mf-orders", "place-mf-order", "cancel-mf-order", "mf-sips", "place-mf-sip", "modify-mf-sip", "cancel-mf-sip",
 * "mf-holdings", "mf-instruments", "instruments", "trigger-range", "historical", "quote", "ohlc", "ltp", "gtts", "gtt", "place-gtt", "modify-gtt" and "delete-gtt".
 */
export const zerodhaScenarios: typeof own & typeof networkScenarios = { ...own, ...networkScenarios };

export type ZerodhaScenarioName = keyof typeof zerodhaScenarios;
