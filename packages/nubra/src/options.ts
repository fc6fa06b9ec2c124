import { type CallLimits, furtherHeaders, headersOption, oneOf, readOptions } from "@x/core/adapter";
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

// What the protocol itself sends: another value would break the session or go to the wrong step (nubra.md section 4).
const ownHeaders: readonly string[] = ["authorization", "x-device-id", "x-temp-token", "content-type"];

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: NubraOptions): NubraSettings {
  const settings = readOptions<NubraSettings>(
    given,
    {
      otpStart: oneOf("auto", "two-call"),
      totpWire: oneOf("integer", "string"),
      totpIdentifier: oneOf("phone", "email"),
      extraHeaders: headersOption,
    },
    names.broker,
  );
  return { ...settings, extraHeaders: furtherHeaders(settings.extraHeaders, ownHeaders, names.broker) };
}
