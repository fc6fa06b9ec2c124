import { isObject } from "@x/core/adapter";

/** What an answer says about a failure, whatever its shape. */
export interface Failure {
  /** Whether the body itself says that it is a failure. The HTTP status proves nothing (kotak-neo.md section 1). */
  readonly marked: boolean;
  /** The broker's code as text: numbers and texts are both in use. */
  readonly code: string | undefined;
  /** The broker's words, for matching only: they may repeat what was sent, so they are never shown. */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

const none: Failure = { marked: false, code: undefined, text: "" };

/**
 * Reads all the shapes in which this broker fails, S1 to S6 of kotak-neo.md section 8.1, at the top or one level below `data` or `fault`.
 * S7 (no JSON) and S8 (no token, no error) have nothing to read: no mark, no code, no text. Strict, for answers that should bring a token:
 * whatever looks like a failure is one.
 */
export function readFailure(json: unknown): Failure {
  if (!isObject(json)) return none;
  return firstFailure([json, json["data"], json["fault"]].map((fields) => readLayer(fields, true)));
}

/**
 * The same for answers to a session's calls, which are full of the broker's own codes: a bare `code` counts in the gateway's shape (S5) alone,
 * and where the top says success no code counts in any layer: an order that was taken is no dead session, and a holding with the code "1003" is
 * none either (kotak-neo.md, additions of 2026-11-30).
 */
export function readReportFailure(json: unknown): Failure {
  if (!isObject(json) || saysSuccess(json)) return none;
  const { data, fault } = json;
  const ofGateway = !holdsData(data) && isText((isObject(fault) ? fault : json)["message"]);
  return firstFailure([readLayer(json, ofGateway), readLayer(data, false), readLayer(fault, ofGateway)]);
}

function firstFailure(layers: readonly Failure[]): Failure {
  return (
    layers.find(({ marked }) => marked) ?? layers.find(({ code, text }) => code !== undefined || text !== "") ?? none
  );
}

function readLayer(fields: unknown, takesBareCode: boolean): Failure {
  if (!isObject(fields)) return none;
  const { error, errorCode, stCode, message, errMsg, emsg, description, stat, status, success } = fields;
  const [first] = [error].flat();
  const entry: Fields = isObject(first) ? first : { message: [first].find(isText) };
  const bareCode = takesBareCode ? plain(fields["code"]) : "";
  const codes = [entry["code"], errorCode, stCode].map(plain);
  const words = [message, errMsg, emsg, description].filter(isText);
  const marked =
    [stat, status].some(saysFailure) ||
    /^false$/i.test(String(success)) ||
    [entry["code"], entry["message"], errMsg, emsg].some((one) => plain(one) !== "") ||
    codes.slice(1).some(isFailureCode) ||
    // S5 has no mark but its code, and a code alone may be anything.
    (isFailureCode(bareCode) && words.length > 0);
  const code = [...codes, bareCode].find((one) => one !== "");
  // Enough for every text on record; what follows may be an echo of the request.
  return { marked, code, text: [entry["message"], ...words].filter(isText).join(" | ").slice(0, 300) };
}

/** `stat: "Ok"`, the code of a success, or the number of an order, and no word of a failure: a refused cancellation may repeat the number. */
function saysSuccess({ stat, status, stCode, nOrdNo }: Fields): boolean {
  const words = [stat, status].map(plain);
  if (words.some(saysFailure)) return false;
  const says = words.some((word) => /^(ok|success)$/i.test(word));
  return says || successCode.test(plain(stCode)) || /[1-9]/.test(plain(nOrdNo));
}

/** Something under `data` that is no failure itself. */
function holdsData(data: unknown): boolean {
  const holds = Array.isArray(data) ? data.length > 0 : isObject(data) && Object.keys(data).length > 0;
  return holds && !readLayer(data, false).marked;
}

function saysFailure(value: unknown): boolean {
  return /^(error|fail|failed|failure|not_?ok)$/i.test(plain(value));
}

// 200 and 1000 are the codes of a success (kotak-neo.md section 4.1).
const successCode = /^(?:0|200|1000)$/;

function isFailureCode(code: string): boolean {
  return code !== "" && !successCode.test(code);
}

/** A number or a text, as text; empty for anything else. */
function plain(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value).trim() : "";
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** Every code that kotak-neo.md section 8 names, and statuses of HTTP, which come as codes as well (section 8.2). */
export const namedCode: RegExp = /^(?:[45]\d\d|100[2-9]|1021|1037|5203|10020|10512|70009|100008|100022|900901)$/;
