import { networkScenarios } from "../network-fault.ts";

const own = {
  "wrong-totp": "AB1050: the TOTP is refused whatever it is, and its time step is spent",
  "wrong-pin":
    "the PIN is refused whatever it is [code AB1007; text, such as AMX Error or USER IS BLOCKED FOR TRADING]",
  "wrong-api-key": "AG8004: the API key is refused whatever it is",
  lockout: "when set: AB1006 until `unlock`",
  internal: "AB1004 or AB2001 under HTTP 200, the factors are spent [code AB1004]",
  "session-expired": "the session ends at its next call [form: AG8001, AG8002, AB1010, AB1011, services or 401]",
  midnight:
    "when set: the clock moves on to 00:00 IST. It is the clock of the whole sandbox: the other brokers move with it, and what lasts hours there ends too",
  "session-replaced": "at the next session call somebody logs in on another device first, which ends the others [form]",
  "refresh-invalid": "AB8050 at the renewal",
  "refresh-expired": "AB8051 at the renewal",
  "access-rate": "403 that is a rate limit by its text alone [text; json: true for the gateway's envelope]",
  "auth-403": "403 that is an end of the session by its code [form]",
  forbidden: "403 without a body, the session lives",
  "ip-not-allowed": "AG7002: the order comes from an address that is not listed",
  firewall: "HTTP 200 with the firewall's page",
  "leading-zero":
    'when set: the clock of the whole sandbox moves on to a time step whose code starts with 0; not for "*"',
  "clock-skew": 'the broker\'s clock is off by skewMs, visible in the Date header; for "*" only',
  "reset-after-mint": "the connection is reset after login or renewal minted a session",
  "extra-fields": "login and renewal answer fields that nobody knows",
  "no-token": "login and renewal answer 200 without a field [field jwtToken]",
  "wrong-type": "a number where a text belongs [field jwtToken]",
  "bearer-prefix": "the JWT comes with `Bearer ` in front",
  "proto-keys": "success whose only token sits under __proto__ and constructor",
  contradiction: "a success that says something else as well [kind code, success-false or expired: its exp is past]",
  "echo-secrets": "the refusal repeats what the request carried",
} as const;

/**
 * What the Angel One sandbox can play. Parameters stand in brackets, all optional. Steps are "login", "renew", "profile", "logout",
 * "market-socket", "order-socket", and those of the other calls, which are named after the last part of their paths: "placeOrder", "getOrderBook",
 * "getHolding" and the like.
 */
export const angelOneScenarios: typeof own & typeof networkScenarios = { ...own, ...networkScenarios };

export type AngelOneScenarioName = keyof typeof angelOneScenarios;
