import { answerDate, unexpectedAnswer } from "@x/core/adapter";
import { callNubra } from "./call.ts";
import type { NubraClient } from "./client.ts";

/**
 * Nubra's clock in epoch milliseconds, from the Date header of a call without credentials; its status does not matter. The header is cut to
 * whole seconds, so the middle of the second is the best guess. @throws BrokerAuthError `protocol_error` when there is no such header
 */
export async function serverTime(client: NubraClient): Promise<number> {
  const answer = await callNubra("readClock", {}, client);
  const at = answerDate(answer);
  if (at === undefined) throw unexpectedAnswer(answer, "has no readable Date header");
  return at + 500;
}
