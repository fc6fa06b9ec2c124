import { isObject } from "@x/core/adapter";

/** What an answer says about a failure. */
export interface Failure {
  /** The broker's words, for matching only: they may repeat what was sent, so they are never shown. */
  readonly text: string;
  /** One of the codes that are on record; undefined for any other. */
  readonly code: string | undefined;
  /** Whether the envelope says that it failed. HTTP status proves nothing (angel-one.md section 4). */
  readonly marked: boolean;
}

/** The codes that are about the session and nothing else (angel-one.md section 4). */
export const sessionCodes: readonly string[] = ["AG8001", "AG8002", "AG8003", "AB1010", "AB1011"];

const otherCodes = "AB1000 AB1004 AB1006 AB1007 AB1050 AB2001 AB8050 AB8051 AG7002 AG8004".split(" ");
const knownCodes: readonly string[] = [...sessionCodes, ...otherCodes];

// A text as long as the body cap allows would keep the patterns that look through it busy for minutes.
const longestText = 500;

/**
 * Both envelopes: that of the services has `status` and `errorcode`, that of the gateway `success` and `errorCode`, and the documents show `false` and
 * `null` as texts as well (angel-one.md section 4). By hand: judging an answer must not load what only a login needs.
 */
export function readFailure(json: unknown): Failure {
  const { status, success, message, errorcode, errorCode } = isObject(json) ? json : {};
  const codes = [errorcode, errorCode].filter(isFilled);
  return {
    text: typeof message === "string" ? message.slice(0, longestText) : "",
    code: knownCodes.find((known) => codes.includes(known)),
    marked: saysNo(status) || saysNo(success) || codes.length > 0,
  };
}

/** Whether the envelope says success in so many words, whatever code stands beside it. */
export function saysSuccess(json: unknown): boolean {
  const { status, success } = isObject(json) ? json : {};
  return [status, success].some(saysYes) && ![status, success].some(saysNo);
}

function saysYes(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^\s*(?:true|success|ok)\s*$/i.test(value));
}

function saysNo(value: unknown): boolean {
  return value === false || (typeof value === "string" && /^\s*(?:false|error|fail\w*)\s*$/i.test(value));
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === "string" && /^\s*(?:null)?\s*$/i.test(value));
}

/** The address is not listed: on orders, for keys of the new kind (angel-one.md section 4). */
export const addressText: RegExp = /unregistered ip address/i;

/** Under 403, which is an end of the session as well (angel-one.md section 5). */
export const rateText: RegExp = /exceed\w* (?:the )?(?:access )?rate\b|too many requests/i;
