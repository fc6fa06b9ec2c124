import { isLoopback, parseBaseUrl, plainText } from "@x/core/adapter";
import { misconfigured } from "./configuration-error.ts";
import { brokerId, type KotakNeoApi } from "./endpoints.ts";

/** How the adapter speaks to Kotak Neo: the same for every account. */
export interface KotakNeoOptions {
  /** Which login paths are used. Default `trade-api`; `totp-v6` are those of the original document (kotak-neo.md section 10, row 1). */
  readonly api?: KotakNeoApi | undefined;
  /** Value of the `neo-fin-key` header. Default `neotradeapi`, the same for everyone; partners of the broker have their own. */
  readonly neoFinKey?: string | undefined;
  /**
   * Further hosts that may see session tokens, each by its whole name, such as `trading.example.com`; nothing below it. The broker's own
   * domain is always allowed. Default none.
   */
  readonly trustedHosts?: readonly string[] | undefined;
  /**
   * Trading host (scheme, host, port) in place of the one that the login answers, for all accounts; also what a session gets when the
   * answer names none. Default: the host from the answer, and the login host if there is none.
   */
  readonly tradingBaseUrl?: string | undefined;
  /**
   * How long one call may take, in milliseconds from 1 to 600 000. Default 10 000; covers connecting, headers and body together. A call cut
   * off after it left counts as an attempt if it carried a factor: the broker may have acted on it.
   */
  readonly timeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes after decompression, from 1 024 to 16 777 216. Default 262 144. A larger one is `protocol_error`. */
  readonly maxBodyBytes?: number | undefined;
}

/** {@link KotakNeoOptions} with the defaults in place. */
export interface KotakNeoSettings {
  readonly api: KotakNeoApi;
  readonly neoFinKey: string;
  /** What the user added to the broker's domain: whole host names in lower case. */
  readonly trustedHosts: readonly string[];
  readonly tradingBaseUrl: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxBodyBytes: number | undefined;
}

// A whole name, compared exactly: a suffix such as ".co.in" would trust half a country. An address made of digits is no name.
const hostName = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])$/i;

/** Each option with what it must be. Checked by hand: a schema library would cost every program that only adopts a stored session. */
const checks: Readonly<
  Record<keyof KotakNeoOptions, readonly [fits: (value: unknown) => boolean, expectation: string]>
> = {
  api: [(value) => value === "trade-api" || value === "totp-v6", 'must be "trade-api" or "totp-v6"'],
  // What cannot stand in a header would fail at the first request only.
  neoFinKey: [
    (value) => typeof value === "string" && /^[\x21-\x7e]{1,128}$/.test(value),
    "must be 1 to 128 visible ASCII characters without spaces",
  ],
  trustedHosts: [
    areHostNames,
    'must be a list of whole host names without a dot in front, such as ["trading.example.com"]',
  ],
  tradingBaseUrl: [(value) => typeof value === "string", "must be an address such as https://host"],
  timeoutMs: [(value) => isWhole(value, 1, 600_000), "must be a whole number of milliseconds from 1 to 600000"],
  maxBodyBytes: [(value) => isWhole(value, 1024, 16_777_216), "must be a whole number of bytes from 1024 to 16777216"],
};

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(options: KotakNeoOptions): KotakNeoSettings {
  if (!isPlainObject(options)) throw misconfigured("options", "must be an object with named options");
  for (const [name, value] of Object.entries(options)) {
    if (!isOption(name)) {
      const known = `there are ${Object.keys(checks).join(", ")}`;
      // One that does not look like a name may be a misplaced value.
      throw /^[A-Za-z]\w{0,31}$/.test(name)
        ? misconfigured(name, `is not an option of kotakNeo(); ${known}`)
        : misconfigured("options", `must be an object with known names; ${known}`);
    }
    const [fits, expectation] = checks[name];
    if (value !== undefined && !fits(value)) throw misconfigured(name, expectation);
  }
  const {
    api = "trade-api",
    neoFinKey = "neotradeapi",
    trustedHosts = [],
    tradingBaseUrl,
    timeoutMs,
    maxBodyBytes,
  } = options;
  return {
    api,
    neoFinKey,
    trustedHosts: trustedHosts.map((host) => host.toLowerCase()),
    tradingBaseUrl: tradingBaseUrl === undefined ? undefined : parseTradingBaseUrl(tradingBaseUrl),
    timeoutMs,
    maxBodyBytes,
  };
}

// Whether loopback is allowed is decided by the account, together with which it is checked again.
function parseTradingBaseUrl(input: string): string {
  const address = plainText(input);
  const loopback = URL.canParse(address) && isLoopback(new URL(address).hostname);
  return parseBaseUrl(address, loopback ? "sandbox" : "production", "tradingBaseUrl", brokerId);
}

function isOption(name: string): name is keyof KotakNeoOptions {
  return Object.hasOwn(checks, name);
}

function areHostNames(value: unknown): boolean {
  return Array.isArray(value) && [...value].every((one) => typeof one === "string" && hostName.test(one));
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
