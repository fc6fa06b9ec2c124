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
  const { error } = fields;
  const first: unknown = Array.isArray(error) ? error[0] : error;
  const entry = isObject(first) ? first : {};
  const bareCode = takesBareCode ? plainCode(fields["code"]) : undefined;
  const code =
    [entry["code"], fields["errorCode"], fields["stCode"]].map(plainCode).find((one) => one !== undefined) ?? bareCode;
  const words = ["message", "errMsg", "emsg", "description"].map((name) => fields[name]);
  const text = [entry["message"], first, ...words].filter(isText).join(" | ");
  const marked =
    [fields["stat"], fields["status"]].some(saysFailure) ||
    /^false$/i.test(String(fields["success"])) ||
    [entry["code"], entry["message"], fields["errMsg"], fields["emsg"]].some(isFilled) ||
    isText(first) ||
    [fields["errorCode"], fields["stCode"]].map(plainCode).some(isFailureCode) ||
    // S5 has no mark but its code, and a code alone may be anything.
    (isFailureCode(bareCode) && words.some(isText));
  // Enough for every text on record; what follows may be an echo of the request.
  return { marked, code, text: text.slice(0, 300) };
}

/** `stat: "Ok"`, the code of a success, or the number of an order, and no word of a failure: a refused cancellation may repeat the number. */
function saysSuccess({ stat, status, stCode, nOrdNo }: Fields): boolean {
  const words = [stat, status];
  if (words.some(saysFailure)) return false;
  const says = words.some((word) => typeof word === "string" && /^(ok|success)$/i.test(word.trim()));
  return says || successCodes.has(plainCode(stCode) ?? "") || /[1-9]/.test(plainCode(nOrdNo) ?? "");
}

/** Something under `data` that is no failure itself. */
function holdsData(data: unknown): boolean {
  const holds = Array.isArray(data) ? data.length > 0 : isObject(data) && Object.keys(data).length > 0;
  return holds && !readLayer(data, false).marked;
}

function saysFailure(value: unknown): boolean {
  return typeof value === "string" && /^(error|fail|failed|failure|not_?ok)$/i.test(value.trim());
}

// 200 and 1000 are the codes of a success (kotak-neo.md section 4.1).
const successCodes: ReadonlySet<string> = new Set(["0", "200", "1000"]);

function isFailureCode(code: string | undefined): boolean {
  return code !== undefined && !successCodes.has(code);
}

function plainCode(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return isText(text) ? text.trim() : undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === "number" || isText(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** Whether there is something where a login call's token belongs. */
export function carriesToken(json: unknown): boolean {
  const data = isObject(json) ? json["data"] : undefined;
  return isObject(data) && isText(data["token"]);
}

/** Every code that kotak-neo.md section 8 names, and the statuses of section 8.2, which come as codes as well. */
export const namedCodes: ReadonlySet<string> = new Set(
  [
    [400, 401, 403, 404, 405, 422, 424, 429, 500, 502, 503, 504],
    [1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1021, 1037, 5203],
    [10_020, 10_512, 70_009, 100_008, 100_022, 900_901],
  ]
    .flat()
    .map(String),
);
