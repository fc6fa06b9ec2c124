import { networkScenarios } from "../network-fault.ts";

const own = {
  "wrong-totp": "the TOTP is refused whatever it is, and its time step is spent [failureStyle, status]",
  "wrong-pin": "the MPIN is refused whatever it is [failureStyle, status]",
  "wrong-ucc": "the UCC is refused whatever it is [failureStyle, status]",
  "wrong-access-token": "the access token is refused whatever it is [failureStyle, status]",
  lockout: "when set: three wrong factors lock the account for 24 h",
  "missing-field": "a field of the login calls is said to be missing [field Ucc or Mpin]",
  "missing-header": "a header of the login calls is said to be missing",
  "view-expired":
    "the view pair is dead when call 2 comes [failureStyle, status; form: one of the session refusals, such as 10020]",
  "inner-429": "call 1 answers 200 with 429 inside, which is no rate limit",
  "session-expired": "the session ends at its next call [form: one of the session refusals]",
  midnight:
    "when set: the clock moves on to 00:00 IST. It is the clock of the whole sandbox: the other broker moves with it, and what lasts hours there ends too",
  "session-replaced": "at the next session call somebody logs in on another device first, which ends the others [form]",
  "token-reset": "the access token is reset just before the next call",
  "ip-not-allowed": "order calls come from an address that is not listed",
  "session-ip": "order calls come from a listed address that is not the session's",
  "no-data": "reports have nothing to show (5203)",
  "leading-zero":
    'when set: the clock of the whole sandbox moves on to a time step whose code starts with 0; not for "*"',
  "clock-skew": 'the broker\'s clock is off by skewMs, visible in the Date header; for "*" only',
  upstream: "424, a dependency is down [acted]",
  "reset-after-validate": "the connection is reset after call 2 took effect",
  "bad-base-url":
    "call 2 names a wrong host [kind foreign, look-alike, http, ip, user-info, port or elsewhere; url: the text itself; field baseUrl, feedUrl or rtUrl]",
  "no-base-url": "call 2 names no hosts",
  "trailing-slash": "baseUrl ends in a slash",
  "extra-fields": "the login calls answer fields that nobody knows",
  "wrong-ktype": "call 2 answers a kType that is not Trade [kType View]",
  "no-token": "a login call answers 200 without token and without error [field token; bare: true for an empty object]",
  "wrong-type": "a number where a text belongs [field token]",
  "proto-keys": "success whose only token and sid sit under __proto__ and constructor",
  contradiction:
    "a success that says something else as well [kind error, success-false, ucc, masked-ucc or expired: its exp is past; text of the error; inside: true for under data]",
  forbidden: "403 without a body",
  "echo-secrets": "the refusal repeats what the request carried [status]",
} as const;

/**
 * What the Kotak Neo sandbox can play (reference section 12, table of scenarios). Parameters stand in brackets, all optional. Steps are "login",
 * "validate", "client-ip", "orders", "order", "positions", "trades", "holdings", "limits", "check-margin", "order-history", "place-order",
 * "modify-order", "cancel-order", "quotes", "scrip-master", "order-feed" and "market-feed".
 */
export const kotakNeoScenarios: typeof own & typeof networkScenarios = { ...own, ...networkScenarios };

export type KotakNeoScenarioName = keyof typeof kotakNeoScenarios;
