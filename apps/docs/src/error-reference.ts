import {
  type AttemptOutcome,
  type BrokerAuthErrorCode,
  type BrokerAuthErrorDetails,
  type ErrorCodeEntry,
  errorCodes,
  errorMeanings,
  type RetryAdvice,
} from "@x/core";
import { notice, table } from "./generated.ts";

/** What `retry` tells a program. */
const advice: Readonly<Record<RetryAdvice, { readonly means: string; readonly program: string }>> = {
  never: { means: "not before a person acted", program: "stop, and tell somebody; a restart changes nothing" },
  "after-input": { means: "a person has to answer", program: "ask with `login()` or `answerLogin()`" },
  transient: {
    means: "the same call may be made again",
    program: "wait `retryAfterMs` if it is there, then call again",
  },
  unknown: {
    means: "it left, and what became of it is not known",
    program: "look at the broker before sending it again",
  },
};

/** What the error says about a factor that was sent just before it. */
const attempts: Readonly<Record<AttemptOutcome, string>> = {
  not_sent: "No attempt was spent: no factor was sent.",
  not_looked_at: "No attempt was spent: what was sent was not looked at.",
  refused: "If a factor was sent, it counts as refused.",
  unknown: "If a factor was sent, nobody knows what became of it.",
  not_understood: "If a factor was sent, the answer does not tell what became of it.",
};

const fields: Readonly<Record<keyof BrokerAuthErrorDetails | "code" | "message" | "retry", string>> = {
  code: "which of the codes below",
  message: "what happened, for people; it may change, so do not search in it",
  retry: "whether and how the call may be made again, see above",
  action: "what to do next, for people",
  account: "the account's name in your configuration",
  broker: "`nubra`, `kotak-neo`, `zerodha`, `angel-one`",
  step: "the protocol step, such as `verifypin`",
  status: "HTTP status",
  brokerCode: "the broker's own code, where it is a short plain word or number",
  attemptsLeft: "attempts that the broker says are left",
  retryAfterMs: "how long to wait, in milliseconds",
  field: "the configuration field that is wrong, such as `accounts.main.mpin`",
  challenge: "what the login waits for: `otp`, `totp`, `mpin`, `redirect`",
  cause: "name and system code of the error below, and nothing else of it",
};

/** The whole of `docs/errors.md`. */
export function errorReference(): string {
  const codes = Object.entries(errorCodes) as [BrokerAuthErrorCode, ErrorCodeEntry][];
  const withAdvice = (retry: string): string =>
    codes.flatMap(([code, entry]) => (entry.retry === retry ? [`[\`${code}\`](#${code})`] : [])).join(", ");
  return `# Errors

${notice("`errorCodes` in packages/core/src/errors/error-codes.ts by apps/docs/src/error-reference.ts")}

Everything that fails rejects with a \`BrokerAuthError\`. \`isBrokerAuthError(error)\` recognises it, also when two copies of \`@x/core\` are
installed. Switch over \`error.code\`: there are ${codes.length} codes, and the compiler finds a missing case. \`error.retry\` is enough for a program
that only wants to know whether to go on:

${table(
  ["`retry`", "Means", "What a program does"],
  Object.entries(advice).map(([retry, { means, program }]) => [`\`${retry}\``, means, program]),
)}

${Object.keys(advice)
  .map((retry) => `- \`${retry}\`: ${withAdvice(retry)}`)
  .join("\n")}

\`retry\` is advice to you. The library itself repeats a read, once, after a dead session; it never repeats an order, unless you say
\`replay: true\`.

## Fields

No field ever holds a secret, a personal identifier or the broker's own text. \`JSON.stringify\` and \`inspect\` show these fields, \`inspect\` with
the stack, and nothing else.

${table(
  ["Field", "Holds"],
  Object.entries(fields).map(([field, holds]) => [`\`${field}\``, holds]),
)}

## Codes

${codes.map(([code, entry]) => codeSection(code, entry)).join("\n\n")}
`;
}

function codeSection(code: BrokerAuthErrorCode, { retry, attempt, action }: ErrorCodeEntry): string {
  return `### \`${code}\`

${errorMeanings[code]}

- **What to do:** ${action}
- **Retry:** \`${retry}\`, ${advice[retry].means}.
- **Attempts:** ${attempts[attempt]}`;
}
