import {
  type BrokerAnswer,
  type BrokerAuthError,
  commonMeanings,
  knownRefusal,
  listAddress,
  locking,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  refusing,
  type RefusalRow,
} from "@x/core/adapter";
import { addressPlace, type AngelOneCallName, endpoints, names } from "./endpoints.ts";
import { addressText, rateText, readFailure, sessionCodes } from "./failure-body.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
}

const common = commonMeanings(names.title);
const { unclear, notWorking, sessionOver, unrecognised } = common;

const wrongTotp: Meaning = {
  ...common.wrongTotp,
  message: "Angel One refused the TOTP code",
  action:
    "Check the computer's clock, then the TOTP secret, then whether API key, client code and PIN belong together: a wrong one may be refused in the same words. Or this code was used already in these 30 seconds (did the program just restart with memoryStore?).",
};
const wrongLogin: Meaning = {
  code: "invalid_credentials",
  message: "Angel One refused the client code or the PIN, and does not say which",
  action: "Check clientCode and pin (the four digits of the PIN, not the password) by logging in to Angel One's app.",
};
const refusedLogin: Meaning = {
  code: "invalid_credentials",
  message: "Angel One refused the login in words that are not known; client code, PIN and TOTP count as wrong",
  action: "Check clientCode, pin, totpSecret and apiKey, and log in to Angel One's app once to see what it says.",
};
const wrongKey: Meaning = {
  code: "configuration",
  message: "Angel One does not know the API key",
  field: "apiKey",
  action: "Copy the API key of your app from smartapi.angelone.in again.",
};
const renewalOver: Meaning = { code: "session_expired", message: "Angel One does not renew this session any more" };
const wrongAddress: Meaning = {
  ...common.wrongAddress,
  action: listAddress(addressPlace),
};
const denied: Meaning = {
  ...common.denied,
  action: "Look at the app on smartapi.angelone.in: whether it is active and allows this call.",
};

const sessionCalls: readonly AngelOneCallName[] = ["renewTokens", "profile", "logout"];

/** The table of angel-one.md section 4, the first match wins. One code has three meanings, so texts come before codes. */
const rows: readonly RefusalRow<AngelOneCallName>[] = [
  {
    ...locking,
    codes: ["AB1006"],
    meaning: common.locked,
  },
  { text: addressText, codes: ["AG7002"], meaning: wrongAddress },
  { text: rateText, meaning: common.rate_limited },
  {
    calls: ["login"],
    text: refusing("totp"),
    codes: ["AB1050"],
    beyondDoubt: refusing("totp"),
    meaning: wrongTotp,
  },
  { calls: ["login"], codes: ["AB1000", "AB1007"], meaning: wrongLogin },
  { codes: ["AG8004"], meaning: wrongKey },
  { calls: ["login", "renewTokens"], codes: ["AB1004", "AB2001"], meaning: unclear },
  { codes: ["AB1004", "AB2001"], meaning: notWorking },
  { calls: ["renewTokens"], codes: ["AB8050", "AB8051"], meaning: renewalOver },
  { calls: sessionCalls, codes: sessionCodes, meaning: sessionOver },
];

/** What a refusal in unknown words means. A renewal carries nothing that a person would have to correct: the full login decides. */
const stepDefaults: Readonly<Partial<Record<AngelOneCallName, Meaning>>> = {
  login: refusedLogin,
  renewTokens: renewalOver,
};

/** What an answer that is no success means. The broker's own text is never repeated. */
export function refusal(call: AngelOneCallName, answer: BrokerAnswer, { now }: RefusalFacts): BrokerAuthError {
  const { code } = readFailure(answer.json);
  return refusedCall(meaningOf(call, answer, now), answer, now, { brokerCode: code });
}

function meaningOf(call: AngelOneCallName, answer: BrokerAnswer, now: number): Meaning {
  const { status, json, body } = answer;
  const { text, code, marked } = readFailure(json);
  const { carriesFactor } = endpoints[call];
  const decided = meaningBeforeStatus(answer, now, {
    failed: status >= 500,
    carriesFactor,
    known: (inDoubt) => knownRefusal(rows, { call, text, code, inDoubt }),
  });
  if (decided !== undefined) return decided;
  // The session is over already where it is to be renewed: a full login is due, and tells what it is denied for.
  if (status === 403) return call === "renewTokens" ? renewalOver : denied;
  if (status === 401 && body !== "other") return call === "login" ? refusedLogin : sessionOver;
  // A page is the firewall's, also under 200, and an empty 4xx too (section 5): neither is a word of the broker.
  const isNo = body === "json" && (marked || (status >= 400 && status !== 404 && status !== 405));
  return (isNo ? stepDefaults[call] : undefined) ?? unrecognised;
}
