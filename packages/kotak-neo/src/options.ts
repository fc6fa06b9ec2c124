import { type CallLimits, headerValue, oneOf, parseBaseUrl, plainText, readOptions } from "@x/core/adapter";
import { type KotakNeoApi, names } from "./endpoints.ts";

/** How the adapter speaks to Kotak Neo: the same for every account. */
export interface KotakNeoOptions extends CallLimits {
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
}

/** {@link KotakNeoOptions} with the defaults in place. */
export interface KotakNeoSettings extends CallLimits {
  readonly api: KotakNeoApi;
  readonly neoFinKey: string;
  /** What the user added to the broker's domain: whole host names in lower case. */
  readonly trustedHosts: readonly string[];
  readonly tradingBaseUrl: string | undefined;
}

// A whole name, compared exactly: a suffix such as ".co.in" would trust half a country. An address made of digits is no name.
const hostName = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])$/i;

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: KotakNeoOptions): KotakNeoSettings {
  const settings = readOptions<KotakNeoSettings>(
    given,
    {
      api: oneOf("trade-api", "totp-v6"),
      // What cannot stand in a header would fail at the first request only.
      neoFinKey: headerValue("neotradeapi", 128),
      trustedHosts: {
        fallback: [],
        expectation: 'must be a list of whole host names, such as ["trading.example.com"]',
        fits: areHostNames,
      },
      tradingBaseUrl: {
        fallback: undefined,
        expectation: "must be an address",
        fits: (value) => typeof value === "string",
      },
    },
    names.broker,
  );
  const { trustedHosts, tradingBaseUrl } = settings;
  return {
    ...settings,
    trustedHosts: trustedHosts.map((host) => host.toLowerCase()),
    // Checked again together with the environment of each account.
    tradingBaseUrl:
      tradingBaseUrl === undefined
        ? undefined
        : parseBaseUrl(plainText(tradingBaseUrl), undefined, "tradingBaseUrl", names.broker),
  };
}

function areHostNames(value: unknown): boolean {
  return Array.isArray(value) && [...value].every((one) => typeof one === "string" && hostName.test(one));
}
