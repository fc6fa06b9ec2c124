import { brokerTime } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";

/**
 * Nubra's clock in epoch milliseconds, by the Date header of a call without credentials.
 * @throws BrokerAuthError `protocol_error` when there is no such header, `broker_unavailable` when no answer came
 */
export async function serverTime(client: NubraClient): Promise<number> {
  return brokerTime(await callNubra("readClock", {}, client));
}
