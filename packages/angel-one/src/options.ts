import { type CallLimits, headerValue, readOptions } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/**
 * How the adapter speaks to Angel One: the same for every account. Each call has to name three addresses of the machine, and nobody is known to look
 * at them (angel-one.md section 2): fixed values are sent, and nothing is asked about the machine or of a third party.
 */
export interface AngelOneOptions extends CallLimits {
  /** Header `X-ClientLocalIP`. Default `127.0.0.1`. */
  readonly clientLocalIp?: string | undefined;
  /** Header `X-ClientPublicIP`. Default `127.0.0.1`. */
  readonly clientPublicIp?: string | undefined;
  /** Header `X-MACAddress`. Default `00:00:00:00:00:00`. */
  readonly macAddress?: string | undefined;
}

/** {@link AngelOneOptions} with the defaults in place. */
export interface AngelOneSettings extends CallLimits {
  readonly clientLocalIp: string;
  readonly clientPublicIp: string;
  readonly macAddress: string;
}

/** @throws BrokerAuthError `configuration` naming the option */
export function parseOptions(given: AngelOneOptions): AngelOneSettings {
  return readOptions<AngelOneSettings>(
    given,
    {
      clientLocalIp: headerValue("127.0.0.1", 64),
      clientPublicIp: headerValue("127.0.0.1", 64),
      macAddress: headerValue("00:00:00:00:00:00", 64),
    },
    names.broker,
  );
}
