import { type CallLimits, readOptions } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/** How the adapter speaks to Zerodha: the same for every account. There is nothing to choose but the limits of a call. */
export type ZerodhaOptions = CallLimits;

/** {@link ZerodhaOptions} with the defaults in place. */
export type ZerodhaSettings = CallLimits;

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: ZerodhaOptions): ZerodhaSettings {
  return readOptions<ZerodhaSettings>(given, {}, names.broker);
}
