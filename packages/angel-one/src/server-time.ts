import { brokerTime } from "@x/core/adapter";
import { callAngelOne } from "./call.ts";
import type { AngelOneClient } from "./client.ts";

/**
 * Angel One's clock in epoch milliseconds, by the Date header of a call without credentials. The call is refused, which is no matter; it counts as no
 * attempt. @throws BrokerAuthError `protocol_error` when there is no such header, `broker_unavailable` when no answer came
 */
export async function serverTime(client: AngelOneClient): Promise<number> {
  return brokerTime(await callAngelOne("readClock", {}, client));
}
