import { BrokerAuthError, isLoopback, parseBaseUrl } from "@x/core/adapter";
import {
  array,
  integer,
  maxValue,
  minValue,
  number,
  optional,
  picklist as oneOf,
  pipe,
  regex,
  safeParse,
  strictObject,
  string,
} from "valibot";
import { brokerDomain, brokerId, type KotakNeoApi } from "./endpoints.ts";

/** How the adapter speaks to Kotak Neo: the same for every account. */
export interface KotakNeoOptions {
  /** Which login paths are used. Default `trade-api`; `totp-v6` are those of the original document (kotak-neo.md section 10, row 1). */
  readonly api?: KotakNeoApi | undefined;
  /** Value of the `neo-fin-key` header. Default `neotradeapi`, the same for everyone; partners of the broker have their own. */
  readonly neoFinKey?: string | undefined;
  /**
   * Further domains that may see session tokens, each with a leading dot, such as `.example.com`: that host and everything below it.
   * The broker's own domain is always allowed. Default none.
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
  /** The broker's domain and what the user added. */
  readonly trustedHosts: readonly string[];
  readonly tradingBaseUrl: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxBodyBytes: number | undefined;
}

// An address made of digits is no domain, and a single part (".com") would trust half the world.
const domain = /^(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+\.[a-z]([a-z0-9-]*[a-z0-9])$/i;

const schema = strictObject({
  api: optional(oneOf(["trade-api", "totp-v6"])),
  // What cannot stand in a header would fail at the first request only.
  neoFinKey: optional(pipe(string(), regex(/^[\x21-\x7e]{1,128}$/))),
  trustedHosts: optional(array(pipe(string(), regex(domain)))),
  tradingBaseUrl: optional(string()),
  timeoutMs: optional(pipe(number(), integer(), minValue(1), maxValue(600_000))),
  maxBodyBytes: optional(pipe(number(), integer(), minValue(1024), maxValue(16_777_216))),
});

const expectations: Readonly<Record<string, string>> = {
  api: 'must be "trade-api" or "totp-v6"',
  neoFinKey: "must be 1 to 128 visible ASCII characters without spaces",
  trustedHosts: 'must be a list of domains with a leading dot and at least two parts, such as [".example.com"]',
  tradingBaseUrl: "must be an address such as https://host",
  timeoutMs: "must be a whole number of milliseconds from 1 to 600000",
  maxBodyBytes: "must be a whole number of bytes from 1024 to 16777216",
};

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(options: KotakNeoOptions): KotakNeoSettings {
  // A list, a date or a map has no names to be wrong.
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(Object(options)) as object | null);
  const parsed = safeParse(schema, isPlain ? options : undefined);
  if (!parsed.success) {
    const key = parsed.issues[0].path?.[0]?.key;
    const name = typeof key === "string" ? key : "options";
    // One that does not look like a name may be a misplaced value.
    const field = /^[A-Za-z]\w{0,31}$/.test(name) ? name : "options";
    const message = Object.hasOwn(expectations, field)
      ? expectations[field]
      : `${field === "options" ? "must be an object with known names" : "is not an option of kotakNeo()"}; there are ${Object.keys(expectations).join(", ")}`;
    throw new BrokerAuthError("configuration", `${field}: ${message}`, { broker: brokerId, field });
  }
  const { api = "trade-api", neoFinKey = "neotradeapi", trustedHosts = [], tradingBaseUrl, ...caps } = parsed.output;
  return {
    api,
    neoFinKey,
    trustedHosts: [brokerDomain, ...trustedHosts.map((host) => host.toLowerCase())],
    tradingBaseUrl: tradingBaseUrl === undefined ? undefined : parseTradingBaseUrl(tradingBaseUrl),
    timeoutMs: caps.timeoutMs,
    maxBodyBytes: caps.maxBodyBytes,
  };
}

// Whether loopback is allowed is decided by the account, together with which it is checked again.
function parseTradingBaseUrl(input: string): string {
  const loopback = URL.canParse(input) && isLoopback(new URL(input).hostname);
  return parseBaseUrl(input, loopback ? "sandbox" : "production", "tradingBaseUrl", brokerId);
}
