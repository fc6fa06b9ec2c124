import { answerDate, type BrokerAnswer } from "./broker-call.ts";
import { unexpectedAnswer } from "./refusal.ts";

/**
 * The broker's clock in epoch milliseconds, by the Date header of an answer; its status does not matter. The header is cut to whole seconds, so the
 * middle of the second is the best guess. @throws BrokerAuthError `protocol_error` when there is no such header
 */
export function brokerTime(answer: BrokerAnswer): number {
  const at = answerDate(answer);
  if (at === undefined) throw unexpectedAnswer(answer, "has no readable Date header");
  return at + 500;
}
