import { type CallLimits, isPlainObject, oneOf, readOptions, wrongArgument } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** How the adapter speaks to Nubra: the same for every account. Each option exists because the sources disagree (nubra.md section 10). */
export interface NubraOptions extends CallLimits {
  /**
   * How an OTP login begins. `auto` (default) follows the answer's `next` field and sends once or twice; `two-call` always makes both sends,
   * as the original page shows. Take `two-call` only when verification answers `unauthorized` on every login.
   */
  readonly otpStart?: "auto" | "two-call" | undefined;
  /** JSON form of the code at the TOTP login. Default `integer`, as every known client sends it. */
  readonly totpWire?: "integer" | "string" | undefined;
  /** Who logs in at the TOTP login. Default `phone`; with `email` every account with TOTP needs its `email`. */
  readonly totpIdentifier?: "phone" | "email" | undefined;
  /**
   * Headers for every call of a session, such as `x-app-version`. The session's own headers and those of the connection, such as `host`,
   * cannot be replaced. Default none.
   */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined;
}

/** {@link NubraOptions} with the defaults in place and header names in lower case. */
export interface NubraSettings extends CallLimits {
  readonly otpStart: "auto" | "two-call";
  readonly totpWire: "integer" | "string";
  readonly totpIdentifier: "phone" | "email";
  readonly extraHeaders: Readonly<Record<string, string>>;
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
// No line breaks: they would end the header and begin another one.
const headerValue = /^[\x20-\x7e]*$/;

// What the protocol itself sends: another value would break the session or go to the wrong step (nubra.md section 4).
const ownHeaders = new Set(["authorization", "x-device-id", "x-temp-token", "content-type"]);

// What belongs to one connection or frames the message (RFC 9110, section 7.6.1): fetch sets it, drops it without a word or fails over it.
const connectionHeaders =
  /^(?:connection|content-encoding|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: NubraOptions): NubraSettings {
  const {
    otpStart = "auto",
    totpWire = "integer",
    totpIdentifier = "phone",
    extraHeaders = {},
    ...limits
  } = readOptions<NubraOptions>(
    given,
    {
      otpStart: oneOf("auto", "two-call"),
      totpWire: oneOf("integer", "string"),
      totpIdentifier: oneOf("phone", "email"),
      extraHeaders: [areHeaders, "must be an object of header names and plain text values"],
    },
    names.broker,
  );
  const headers = Object.entries(extraHeaders).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name] of headers) {
    const whose = ownHeaders.has(name)
      ? "the adapter sets"
      : connectionHeaders.test(name)
        ? "belongs to the connection"
        : undefined;
    if (whose !== undefined)
      throw wrongArgument("extraHeaders", `must not contain ${name}, which ${whose}`, names.broker);
  }
  return {
    otpStart,
    totpWire,
    totpIdentifier,
    extraHeaders: Object.freeze(Object.fromEntries(headers)),
    ...limits,
  };
}

function areHeaders(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, text]) => headerName.test(name) && typeof text === "string" && headerValue.test(text),
    )
  );
}
