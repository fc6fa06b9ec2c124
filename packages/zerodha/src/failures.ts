import {
  type BrokerAnswer,
  type BrokerAuthError,
  commonMeanings,
  listAddress,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
} from "@x/core/adapter";
import { addressPlace, type ZerodhaCallName, endpoints, names } from "./endpoints.ts";
import { addressText, readFailure } from "./failure-body.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
}

const common = commonMeanings(names.title);

const wrongToken: Meaning = {
  code: "otp_rejected",
  message: "Zerodha does not take this request token",
  action: "Log in at Zerodha's page again: a request token is good once, and for a few minutes.",
};
const wrongSecret: Meaning = {
  code: "invalid_credentials",
  message: "Zerodha refused the checksum, so the API secret is not that of this API key",
  action: "Copy the API secret from the app's page in the Kite Connect developer console again.",
};
const wrongEither: Meaning = {
  code: "invalid_credentials",
  message: "Zerodha refused the API secret or the request token, and does not say which",
  action:
    "Compare apiKey and apiSecret with the app's page in the Kite Connect developer console; if they are right, log in at Zerodha's page again.",
};
const wrongAddress: Meaning = {
  ...common.wrongAddress,
  action: listAddress(addressPlace),
};
const denied: Meaning = {
  ...common.denied,
  action: "Look at the app's plan in the Kite Connect developer console: a free one has no market data and no socket.",
};

/** What a refused call means: the texts first, then the error type, then the status (zerodha.md sections 3 and 5). The broker's own text is never repeated. */
export function refusal(call: ZerodhaCallName, answer: BrokerAnswer, { now }: RefusalFacts): BrokerAuthError {
  const { errorType } = readFailure(answer.json);
  return refusedCall(meaningOf(call, answer, now), answer, now, { brokerCode: errorType });
}

function meaningOf(call: ZerodhaCallName, answer: BrokerAnswer, now: number): Meaning {
  const { status, ok } = answer;
  const { text, errorType } = readFailure(answer.json);
  const { carriesFactor } = endpoints[call];
  const decided = meaningBeforeStatus(answer, now, {
    failed: status >= 500,
    carriesFactor,
    known(inDoubt) {
      if (inDoubt) return undefined;
      if (!ok && addressText.test(text)) return wrongAddress;
      return errorType === "TokenException" && (status === 403 || ok) ? tokenMeaning(call, text) : undefined;
    },
  });
  return decided ?? (status === 403 ? denied : common.unrecognised);
}

/** The three texts on record where a session is granted (zerodha.md section 3). Any other is about the request token, which is what a person can get anew. */
function tokenMeaning(call: ZerodhaCallName, text: string): Meaning {
  if (call !== "grantSession") return common.sessionOver;
  if (/checksum/i.test(text)) return wrongSecret;
  return /invalid session credentials/i.test(text) ? wrongEither : wrongToken;
}
