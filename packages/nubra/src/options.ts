import { misconfigured } from "./configuration-error.ts";

/** How the adapter speaks to Nubra: the same for every account. Each option exists because the sources disagree (nubra.md section 10). */
export interface NubraOptions {
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
  /**
   * How long one call may take, in milliseconds from 1 to 600 000. Default 10 000; covers connecting, headers and body together. A call cut
   * off after it left counts as an attempt if it carried a factor: Nubra may have acted on it.
   */
  readonly timeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes after decompression, from 1 024 to 16 777 216. Default 262 144. A larger one is `protocol_error`. */
  readonly maxBodyBytes?: number | undefined;
}

/** {@link NubraOptions} with the defaults in place and header names in lower case. */
export interface NubraSettings {
  readonly otpStart: "auto" | "two-call";
  readonly totpWire: "integer" | "string";
  readonly totpIdentifier: "phone" | "email";
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly maxBodyBytes: number | undefined;
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
// No line breaks: they would end the header and begin another one.
const headerValue = /^[\x20-\x7e]*$/;

/** Each option with what it must be. Checked by hand: a schema library would cost every program that only adopts a stored session. */
const checks: Readonly<Record<keyof NubraOptions, readonly [fits: (value: unknown) => boolean, expectation: string]>> =
  {
    otpStart: [(value) => value === "auto" || value === "two-call", 'must be "auto" or "two-call"'],
    totpWire: [(value) => value === "integer" || value === "string", 'must be "integer" or "string"'],
    totpIdentifier: [(value) => value === "phone" || value === "email", 'must be "phone" or "email"'],
    extraHeaders: [areHeaders, "must be an object of header names and plain text values"],
    timeoutMs: [(value) => isWhole(value, 1, 600_000), "must be a whole number of milliseconds from 1 to 600000"],
    maxBodyBytes: [
      (value) => isWhole(value, 1024, 16_777_216),
      "must be a whole number of bytes from 1024 to 16777216",
    ],
  };

// What the protocol itself sends: another value would break the session or go to the wrong step (nubra.md section 4).
const ownHeaders = new Set(["authorization", "x-device-id", "x-temp-token", "content-type"]);

// What belongs to one connection or frames the message (RFC 9110, section 7.6.1): fetch sets it, drops it without a word or fails over it.
const connectionHeaders =
  /^(?:connection|content-encoding|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(options: NubraOptions): NubraSettings {
  if (!isPlainObject(options)) throw misconfigured("options", "must be an object with named options");
  for (const [name, value] of Object.entries(options)) {
    if (!isOption(name)) {
      const known = `there are ${Object.keys(checks).join(", ")}`;
      // One that does not look like a name may be a misplaced value.
      throw /^[A-Za-z]\w{0,31}$/.test(name)
        ? misconfigured(name, `is not an option of nubra(); ${known}`)
        : misconfigured("options", `must be an object with known names; ${known}`);
    }
    const [fits, expectation] = checks[name];
    if (value !== undefined && !fits(value)) throw misconfigured(name, expectation);
  }
  const {
    otpStart = "auto",
    totpWire = "integer",
    totpIdentifier = "phone",
    extraHeaders = {},
    timeoutMs,
    maxBodyBytes,
  } = options;
  const headers = Object.entries(extraHeaders).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = headers.find(([name]) => ownHeaders.has(name));
  if (own !== undefined) throw misconfigured("extraHeaders", `must not contain ${own[0]}, which the adapter sets`);
  const ofConnection = headers.find(([name]) => connectionHeaders.test(name));
  if (ofConnection !== undefined)
    throw misconfigured("extraHeaders", `must not contain ${ofConnection[0]}, which belongs to the connection`);
  return {
    otpStart,
    totpWire,
    totpIdentifier,
    extraHeaders: Object.freeze(Object.fromEntries(headers)),
    timeoutMs,
    maxBodyBytes,
  };
}

function isOption(name: string): name is keyof NubraOptions {
  return Object.hasOwn(checks, name);
}

function areHeaders(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, text]) => headerName.test(name) && typeof text === "string" && headerValue.test(text),
    )
  );
}

function isWhole(value: unknown, from: number, to: number): boolean {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}

// A list, a date or a map has no names to be wrong.
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
