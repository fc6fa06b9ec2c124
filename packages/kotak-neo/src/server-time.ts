import { answerDate, BrokerAuthError } from "@x/core/adapter";
import { callKotakNeo, type KotakNeoClient } from "./call.ts";
import { brokerId, clientIpPath } from "./endpoints.ts";

const step = "server-time";

/**
 * The clock of the login host in epoch milliseconds, by the Date header of a call without any credential. The call is refused, which is no
 * matter; it counts as no attempt. Good to about a second.
 * @throws BrokerAuthError `protocol_error` if the answer has no date, `broker_unavailable` if none came
 */
export async function serverTime(client: KotakNeoClient): Promise<number> {
  const url = `${client.credentials.loginBaseUrl}${clientIpPath}`;
  const answer = await callKotakNeo({ step, method: "GET", url }, client);
  const date = answerDate(answer);
  if (date === undefined) {
    throw new BrokerAuthError("protocol_error", `${step}: Kotak Neo answered without a date`, {
      broker: brokerId,
      step,
      status: answer.status,
    });
  }
  // The header is cut to the second: half a second more is the best guess.
  return date + 500;
}
