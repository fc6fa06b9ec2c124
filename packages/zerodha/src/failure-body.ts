import { isObject } from "@x/core/adapter";

/** What an answer says about a failure. */
export interface Failure {
  /** The broker's words, for matching only: they may repeat what was sent, so they are never shown. */
  readonly text: string;
  /** The word in `error_type`, such as `TokenException`, if it is one of the broker's own; undefined for any other. */
  readonly errorType: ZerodhaErrorType | undefined;
}

/** Every error type that is documented, in the long form of the wire (zerodha.md section 5). */
export type ZerodhaErrorType = (typeof errorTypes)[number];

const errorTypes = [
  "TokenException",
  "PermissionException",
  "UserException",
  "OrderException",
  "InputException",
  "MarginException",
  "HoldingException",
  "NetworkException",
  "DataException",
  "GeneralException",
] as const;

// A text as long as the body cap allows would keep the patterns that look through it busy for minutes.
const longestText = 500;

/** zerodha.md section 3. By hand: judging an answer must not load what only a login needs. */
export function readFailure(json: unknown): Failure {
  const { message, error_type: errorType } = isObject(json) ? json : {};
  return {
    text: typeof message === "string" ? message.slice(0, longestText) : "",
    errorType: errorTypes.find((known) => known === errorType),
  };
}

/** The address is not listed: on an order, and as nobody knows, perhaps on any call (zerodha.md sections 5 and 8). */
export const addressText: RegExp = /^IP \(.{1,64}\) is not allowed\b/i;
