import { wrongArgument } from "../errors/argument.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { Secret } from "../contract/secret.ts";
import { mpinDigits, ungrouped } from "./plain-text.ts";

/** Checks an OTP that a person typed: four to eight digits; spaces, dashes and quotes are forgiven. @throws BrokerAuthError `configuration` */
export function parseOtp(input: unknown): Secret {
  const code = digits(input);
  if (/^\d{4,8}$/.test(code)) return new Secret(code);
  throw wrongArgument("otp", "must be the digits of the SMS, 4 to 8, given as a string");
}

/** Checks an MPIN that a person typed: four to six digits; spaces, dashes and quotes are forgiven. @throws BrokerAuthError `configuration` */
export function parseMpin(input: unknown): Secret {
  const pin = mpinDigits(input);
  if (pin !== undefined) return new Secret(pin);
  throw wrongArgument("mpin", "must be 4 to 6 digits, given as a string");
}

/**
 * Checks a code that a person or a code source gave: six digits; spaces, dashes and quotes are forgiven.
 * @throws BrokerAuthError `configuration`; a shorter code and a number are told that a zero in front is missing, as some generators drop it
 */
export function parseTotpCode(input: unknown): string {
  const code = digits(input);
  if (/^\d{6}$/.test(code)) return code;
  const lostZero =
    typeof input === "number" || /^\d{1,5}$/.test(code)
      ? "; leading zeros must be kept: give the code as six characters"
      : "";
  throw wrongArgument("totp", `the code must be six digits, given as a string${lostZero}`);
}

/** For an answer of another kind than the login waits for. What was given is not named: it may be anything. */
export function unfitAnswer(awaits: string, broker: string): BrokerAuthError {
  const message = `this login waits for the ${awaits}; there is nothing else to answer, and nothing to send again`;
  return wrongArgument("answer", message, broker);
}

function digits(input: unknown): string {
  return typeof input === "string" ? ungrouped(input) : "";
}
