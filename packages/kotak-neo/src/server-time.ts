import { brokerTime } from "@x/core/adapter";
import { callKotakNeo } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";

/**
 * The clock of the login host in epoch milliseconds, by the Date header of a call without credentials. The call is refused, which is no matter; it
 * counts as no attempt.
 * @throws BrokerAuthError `protocol_error` when there is no such header, `broker_unavailable` when no answer came
 */
export async function serverTime(client: KotakNeoClient): Promise<number> {
  return brokerTime(await callKotakNeo("clientIp", {}, client));
}
