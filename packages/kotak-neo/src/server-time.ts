import { answerDate, unexpectedAnswer } from "@x/core/adapter";
import { callKotakNeo } from "./call.ts";
import type { KotakNeoClient } from "./client.ts";

/**
 * The clock of the login host in epoch milliseconds, from the Date header of a call without credentials. The call is refused, which is no
 * matter; it counts as no attempt. The header is cut to whole seconds, so the middle of the second is the best guess.
 * @throws BrokerAuthError `protocol_error` when there is no such header, `broker_unavailable` when no answer came
 */
export async function serverTime(client: KotakNeoClient): Promise<number> {
  const answer = await callKotakNeo("readClock", {}, client);
  const at = answerDate(answer);
  if (at === undefined) throw unexpectedAnswer(answer, "has no readable Date header");
  return at + 500;
}
