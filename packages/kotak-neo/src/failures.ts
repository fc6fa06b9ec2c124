import {
  type BrokerAnswer,
  type BrokerAuthError,
  blaming,
  commonMeanings,
  isPlainNo,
  knownRefusal,
  locking,
  type Meaning,
  meaningBeforeStatus,
  refusedCall,
  type RefusalRow,
  refusing,
} from "@x/core/adapter";
import { type LoginCall, names } from "./endpoints.ts";
import { type Failure, namedCode, readFailure } from "./failure-body.ts";
import { carriesToken } from "./responses.ts";
import { deadCodes } from "./verdict.ts";

/** What the caller knows about the refused call. */
export interface RefusalFacts {
  /** Broker time in epoch milliseconds. */
  readonly now: number;
  /** What the account and the call hold, as plain text: a "code" that is one of these is an echo, and none. */
  readonly held: readonly string[];
}

const common = commonMeanings(names.title);
// broker_unavailable, the word of kotak-neo.md where a server fails, would say that no factor was spent; one has left, so it is `unclear`.

const wrongAccessToken: Meaning = {
  code: "invalid_credentials",
  message: "Kotak Neo does not know the access token",
  field: "accessToken",
  action: "Copy the access token from the Neo dashboard again: a reset there ends the older one.",
};

const wrongIdentity: Meaning = {
  code: "invalid_credentials",
  message: "Kotak Neo refused the access token, the mobile number, the UCC or the TOTP, and does not say which",
  action: "Check the mobile number, the UCC and the access token, then the computer's clock and the TOTP secret.",
};

const viewOver: Meaning = {
  code: "challenge_expired",
  message: "Kotak Neo no longer accepts the first half of this login; the MPIN was not looked at",
};

const identityOrTotp =
  "(?:credentials?|ucc|mobile\\w*|user\\w*)\\W+(?:or|and)\\W+totp|totp\\W+(?:or|and)\\W+(?:credentials?|ucc|mobile|user)";

/**
 * The text and code rows of kotak-neo.md section 8.2, the first match wins. They stand before every status. Where a server failed or turned
 * the call away, its words are about itself unless they refuse a factor or an account by name.
 */
const rows: readonly RefusalRow<LoginCall>[] = [
  {
    ...locking,
    codes: ["70009"],
    meaning: common.locked,
  },
  ...["mobileNumber", "ucc", "totp", "mpin", undefined].map((field) => ({
    text: new RegExp(`missing required field '?${field ?? ""}`, "i"),
    meaning: {
      code: "configuration" as const,
      message: `Kotak Neo says that a field is missing: ${field ?? "another"}`,
      field,
    },
  })),
  {
    text: /required header not found/i,
    codes: ["10512"],
    meaning: { code: "protocol_error", message: "Kotak Neo says that a header is missing" },
  },
  { text: /consumer key/i, meaning: wrongAccessToken },
  // The combined sentence must not count as a wrong TOTP alone.
  {
    calls: ["loginTotp"],
    text: new RegExp(identityOrTotp, "i"),
    beyondDoubt: refusing(identityOrTotp),
    meaning: wrongIdentity,
  },
  {
    ...blaming("ucc"),
    meaning: { ...wrongIdentity, message: "Kotak Neo refused the UCC" },
  },
  {
    ...blaming("mobile(?: ?number)?"),
    meaning: { ...wrongIdentity, message: "Kotak Neo refused the mobile number" },
  },
  { calls: ["loginTotp"], ...blaming("totp"), meaning: common.wrongTotp },
  { calls: ["verifyPin"], ...blaming("mpin"), meaning: common.wrongPin },
  {
    // Call 2 shows the view pair, so only there a session can be over. The words for it are not on record (row "View token").
    calls: ["verifyPin"],
    text: /\bsession\b|\bview token\b|\b(?:invalid|expired) (?:jwt )?token\b|\btoken (?:is |has )?(?:invalid|expired)\b/i,
    // In call 2 they come before anybody looks at the MPIN (kotak-neo.md section 8.3).
    codes: deadCodes,
    meaning: viewOver,
  },
  { codes: ["900901"], meaning: wrongAccessToken },
  { text: /dependency error/i, meaning: common.unclear },
  { text: /too many requests|rate limit|throttl/i, meaning: common.rate_limited },
];

/**
 * What the answer to a login call means that was not a success, in the order of kotak-neo.md section 8.2: known text and codes, what turned
 * the call away, 5xx and 424, 403, statuses of a changed protocol, the step's default for a refusal in unknown words, and `protocol_error` for
 * the rest.
 */
export function refusal(call: LoginCall, answer: BrokerAnswer, { now, held }: RefusalFacts): BrokerAuthError {
  const failure = readFailure(answer.json);
  const { code = "" } = failure;
  // One on record: the field can hold anything, so also what was sent.
  const brokerCode = namedCode.test(code) && !held.includes(code) ? code : undefined;
  return refusedCall(meaningOf(call, answer, failure, now), answer, now, { brokerCode });
}

function meaningOf(call: LoginCall, answer: BrokerAnswer, failure: Failure, now: number): Meaning {
  const { status } = answer;
  const { text, code, marked } = failure;
  const decided = meaningBeforeStatus(answer, now, {
    // The body may say by its own code that a server failed, under any status.
    failed: [status, code].some((one) => /^(424|5\d\d)$/.test(String(one))),
    carriesFactor: true,
    known: (inDoubt) => knownRefusal(rows, { call, text, code, inDoubt }),
  });
  if (decided !== undefined) return decided;
  if (status === 403) return common.denied;
  // This call is not known in this form, or a token comes together with a failure.
  if ([404, 405, 422].includes(status) || (marked && carriesToken(answer.json))) return common.unrecognised;
  // A page of some proxy says nothing about a factor; an empty refusal does (kotak-neo.md section 12, `html-page` and style `empty`).
  if (!marked && !isPlainNo(answer)) return common.unrecognised;
  // The step's default, for a refusal in unknown words.
  return call === "loginTotp" ? wrongIdentity : common.wrongPin;
}
