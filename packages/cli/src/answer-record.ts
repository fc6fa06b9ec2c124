import type { WireContract } from "./wire-contract.ts";

/** What an answer of a broker looked like: nothing in it is a value, but for words of a closed list. */
export interface RecordedAnswer {
  readonly broker: string;
  /** Method and path, such as `POST /verifypin`. */
  readonly call: string;
  readonly status: number;
  readonly contentType: string;
  /** Types by the path of the field, such as `data.exchanges[]`. */
  readonly fields: Readonly<Record<string, string>>;
  /** What fields said, where it is one of the words that brokers use for how it went. */
  readonly words: Readonly<Record<string, string>>;
}

// How brokers say that something went well or wrong. Everything else may be anybody's.
const knownWords = new Set(
  (
    "ok Ok OK Not_Ok not_ok success SUCCESS error ERROR failed true false active ACTIVE verified " +
    "TokenException InputException UserException PermissionException GeneralException NetworkException DataException OrderException"
  ).split(" "),
);
const mostFields = 200;

/** The form of an answer. A name that could be a value itself, such as a number of a phone, is left out. */
export function recordedAnswer(
  broker: string,
  call: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly contentType: string | null; readonly text: string },
): RecordedAnswer {
  const fields: Record<string, string> = {};
  const words: Record<string, string> = {};
  const enter = (value: unknown, at: string): void => {
    if (Object.keys(fields).length >= mostFields) return;
    if (typeof value === "string" && knownWords.has(value)) words[at] = value;
    if (Array.isArray(value)) {
      fields[`${at}[]`] ??= value.length === 0 ? "nothing" : typeOf(value[0]);
      if (typeof value[0] === "object") enter(value[0], `${at}[]`);
    } else if (typeof value === "object" && value !== null) {
      if (at !== "") fields[at] = "object";
      for (const [name, inner] of Object.entries(value)) enter(inner, `${at === "" ? "" : `${at}.`}${shownName(name)}`);
    } else fields[at === "" ? "(body)" : at] = typeOf(value);
  };
  let body: unknown;
  try {
    body = answer.text === "" ? {} : JSON.parse(answer.text);
  } catch {
    body = undefined;
  }
  enter(body === undefined ? answer.text : body, "");
  const [contentType = ""] = (answer.contentType ?? "none").split(";");
  return {
    broker,
    call: `${/^[A-Z]{1,10}$/.test(call.method) ? call.method : "(method)"} ${shownPath(call.path)}`,
    status: answer.status,
    contentType:
      /^[\w.+-]{1,40}\/[\w.+-]{1,40}$/.test(contentType) && !/\d{4}/.test(contentType) ? contentType : "(other)",
    fields,
    words,
  };
}

/** What is in the answers and not in the contract, and the other way round. A call that the contract does not have is new as a whole. */
export function compared(
  answers: readonly RecordedAnswer[],
  contract: WireContract,
): { readonly new: readonly string[]; readonly gone: readonly string[] } {
  const fresh = new Set<string>();
  const gone = new Set<string>();
  for (const { broker, call, status, fields } of answers) {
    // A refusal has another form, and is no sign that the contract has changed.
    if (status >= 400) continue;
    const known = contract[broker]?.[call];
    if (known === undefined) {
      fresh.add(`${broker} ${call}`);
      continue;
    }
    for (const [name, type] of Object.entries(fields))
      if (known[name] === undefined) fresh.add(`${broker} ${call}: ${name} (${type})`);
      else if (known[name] !== type && type !== "null" && type !== "nothing")
        fresh.add(`${broker} ${call}: ${name} is ${type}, it was ${known[name]}`);
    for (const name of Object.keys(known)) if (fields[name] === undefined) gone.add(`${broker} ${call}: ${name}`);
  }
  return { new: [...fresh], gone: [...gone] };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  return { string: "text", number: "number", boolean: "yes or no" }[typeof value as string] ?? typeof value;
}

function shownName(name: string): string {
  return /^[A-Za-z_][A-Za-z_-]{0,31}\d{0,2}$/.test(name) && !/^[A-Z2-7]{16,}$/.test(name) ? name : "(name)";
}

// Login addresses hold words and versions; whatever else stands in one may be an identity.
function shownPath(path: string): string {
  return path
    .split("/")
    .map((part) => (/^(?:[A-Za-z][A-Za-z_-]{0,31}|v?\d(?:\.\d)?)?$/.test(part) ? part : "(part)"))
    .join("/");
}
