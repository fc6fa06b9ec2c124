import { networkScenarios } from "../network-fault.ts";

const own = {
  "wrong-otp": "the OTP is refused whatever it is [failureStyle]",
  "wrong-totp": "the TOTP is refused whatever it is, and its time step is spent [failureStyle]",
  "wrong-pin": "the MPIN is refused whatever it is [failureStyle]",
  lockout: "the account is locked: every factor and every send is refused",
  "send-limit": "a send is answered `Maximum attempts reached`",
  "otp-expired": "the OTP came too late [failureStyle]",
  "stale-temp-token": "the temp token was superseded [failureStyle]",
  "totp-not-enrolled": "/totp/login answers `TOTP is not enabled`",
  "totp-account-otp": "the first send answers VERIFY_TOTP, the second texts the code",
  "totp-gone":
    "Nubra offers TOTP no longer: every /totp/* call is answered so, and a first send texts the code [status 404, 405, 410 or 501]",
  "leading-zero": "when set: the clock of the whole sandbox moves on to a time step whose code starts with 0",
  "clock-skew": 'the broker\'s clock is off by skewMs, visible in the Date header; for "*" only',
  "session-expired": "the session ends at its next call [failureStyle]",
  "auth-token-expired": "the auth token ends when it is used to renew [failureStyle]",
  "session-replaced": "at the next session call somebody logs in on another device first",
  "report-440": "a report download answers 440 while the session lives",
  "ip-not-allowed":
    "no address is registered, trading is refused [registered: true for a registered but different address]",
  forbidden: "403 on every call",
  "reset-after-mint": "the connection is reset after the step took effect [step verifypin]",
  "odd-success":
    "200 instead of 201, extra fields, the session token and /userinfo under data [under session_token or token]",
  "unexpected-next": "next is VERIFY_EMAIL [step; without it every step but verifypin]",
  "missing-token": "success without the token",
  "wrong-type": "a number where the token belongs",
  contradiction:
    "a success that says something else as well [kind error, success-false, phone, masked-phone or expired: its exp is past; text of the error]",
  "odd-number":
    "a number of the answer or refusal is another one [field attempts_left or expiry; value, by default the factor that was sent]",
  "proto-keys": "success whose only tokens sit under __proto__ and constructor",
  "echo-secrets": "the error text repeats what the request carried [status 400, acted]",
  "enable-logs-out": "every session ends once TOTP is enabled",
  deprecated: "/userinfo says that the client is DEPRECATED",
} as const;

/** What the Nubra sandbox can play (reference section 12, table of scenarios). Parameters stand in brackets, all optional. */
export const nubraScenarios: typeof own & typeof networkScenarios = { ...own, ...networkScenarios };

export type NubraScenarioName = keyof typeof nubraScenarios;
