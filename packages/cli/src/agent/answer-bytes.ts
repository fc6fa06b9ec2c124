import { BrokerAuthError } from "@x/core";

/**
 * The whole body of a broker's answer.
 * @param reads whether the request was a read, which may be sent again
 * @throws BrokerAuthError `broker_unavailable` where it breaks off, `outcome_unknown` where the request had an effect
 */
export async function answerBytes(answer: Response, reads: boolean): Promise<Buffer> {
  try {
    return Buffer.from(await answer.arrayBuffer());
  } catch (cause) {
    const { status } = answer;
    throw new BrokerAuthError(
      reads ? "broker_unavailable" : "outcome_unknown",
      `the broker's answer, of status ${status}, broke off`,
      { cause, status },
    );
  }
}
