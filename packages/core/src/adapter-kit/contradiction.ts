import { isObject } from "../errors/argument.ts";

// What brokers, and the gateways in front of them, call an error, an outcome and a phone.
const errorNames = ["error", "errors", "error_message", "errorMessage", "errMsg", "emsg", "error_code", "errorCode"];
const outcomeNames = ["success", "ok", "status", "stat", "result"];
const codeNames = ["code", "statusCode", "status_code", "stCode"];
const phoneNames = ["phone", "phone_number", "phoneNumber", "mobile", "mobile_number", "mobileNumber"];

/**
 * What in a success speaks against it, as the end of the sentence "it …"; undefined where nothing does. An answer that contradicts itself is none that
 * we know, whatever token it brings. Looked at are the answer, its `data` and the `user` in either.
 * @param phone the account's own, ten digits at its end: an answer that names another one is about somebody else
 */
export function contradictionIn(json: unknown, phone?: string): string | undefined {
  const outer = [json, isObject(json) ? json["data"] : undefined].filter(isObject);
  const layers = [...outer, ...outer.map(({ user }) => user).filter(isObject)];
  const some = (names: readonly string[], found: (value: unknown) => boolean): boolean =>
    layers.some((layer) => names.some((name) => Object.hasOwn(layer, name) && found(layer[name])));
  if (some(errorNames, isFilled)) return "brings an error together with it";
  if (some(outcomeNames, saysNo) || some(codeNames, isErrorStatus) || some(["message", "msg"], isRefusal))
    return "says that it failed";
  return phone !== undefined && some(phoneNames, (given) => isAnother(given, phone))
    ? "speaks of another phone"
    : undefined;
}

// Nothing, zero and the words for a success are how an unused field is filled.
function isFilled(value: unknown): boolean {
  if (typeof value === "string") return !/^\s*(?:0|2\d\d|ok|success|none|null)?\s*$/i.test(value);
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value === true || (typeof value === "number" && value !== 0 && !(value >= 200 && value < 300));
}

function saysNo(value: unknown): boolean {
  return (
    value === false ||
    value === 0 ||
    isErrorStatus(value) ||
    (typeof value === "string" && /^\s*(?:false|no|not[ _]?ok|error|denied|rejected|refused|fail\w*)\s*$/i.test(value))
  );
}

function isErrorStatus(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && /^\s*[45]\d\d\s*$/.test(String(value));
}

function isRefusal(value: unknown): boolean {
  return (
    typeof value === "string" && /^\s*(?:invalid|incorrect|wrong|failed|access denied|unauthori[sz]ed)\b/i.test(value)
  );
}

// A number that is masked, cut short or of another form says nothing.
function isAnother(given: unknown, own: string): boolean {
  if (typeof given !== "string" && typeof given !== "number") return false;
  const digits = String(given)
    .replaceAll(/[\s()-]/g, "")
    .replace(/^(?:\+?91|0)(?=\d{10}$)/, "");
  return /^\d{10}$/.test(digits) && digits !== own.slice(-10);
}
