import { knownNames, type WireContract } from "./wire-contract.ts";

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
    "ok Ok OK Not_Ok not_ok success SUCCESS error ERROR failure failed true false active ACTIVE verified " +
    "TokenException InputException UserException PermissionException GeneralException NetworkException DataException OrderException " +
    "AB1000 AB1004 AB1006 AB1007 AB1010 AB1011 AB1050 AB2001 AB8050 AB8051 AG7002 AG8001 AG8002 AG8003 AG8004"
  ).split(" "),
);
// At the top they say how it went; further down a yes or no is about a person.
const outcomes = ["status", "success", "stat"];
// What only an answer has that is a refusal, whatever its status: Kotak Neo and Angel One refuse with 200.
const refusalMarks = ["error", "errMsg", "emsg", "errorCode", "stCode", "error_type", "fault"];
const contentTypes = "application/json text/html text/plain text/json application/xml text/xml none".split(" ");
const mostFields = 200;

/**
 * The form of an answer. A name can be a value itself, such as the name of a customer: one that the contract of this broker does not know is told by
 * how it is made up.
 */
export function recordedAnswer(
  broker: string,
  call: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly contentType: string | null; readonly text: string },
): RecordedAnswer {
  const known = knownNames(broker);
  const fields: Record<string, string> = {};
  const words: Record<string, string> = {};
  const enter = (value: unknown, at: string): void => {
    if (Object.keys(fields).length >= mostFields) return;
    if (knownWords.has(String(value)) && (typeof value === "string" || outcomes.includes(at)))
      words[at] = String(value);
    if (Array.isArray(value)) {
      fields[`${at}[]`] ??= value.length === 0 ? "nothing" : typeOf(value[0]);
      if (typeof value[0] === "object") enter(value[0], `${at}[]`);
    } else if (typeof value === "object" && value !== null) {
      if (at !== "") fields[at] = "object";
      const taken = new Map<string, number>();
      for (const [name, inner] of Object.entries(value)) {
        const shown = known.has(name) ? name : shapeOf(name);
        const before = taken.get(shown) ?? 0;
        taken.set(shown, before + 1);
        enter(inner, `${at === "" ? "" : `${at}.`}${shown}${before === 0 ? "" : ` ${before + 1}`}`);
      }
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
    call: `${/^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(call.method) ? call.method : "(method)"} ${shownPath(call.path, known)}`,
    status: answer.status,
    contentType: contentTypes.includes(contentType.trim().toLowerCase()) ? contentType.trim().toLowerCase() : "(other)",
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
  for (const answer of answers) {
    // A refusal has another form, and is no sign that the contract has changed.
    if (isRefusal(answer)) continue;
    const { broker, call, fields } = answer;
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

/** Whether the answer says no, by its status or in its body. */
export function isRefusal({ status, fields, words }: RecordedAnswer): boolean {
  const saysNo = outcomes.some((name) => /^(?:false|error|failure|failed|not_ok)$/i.test(words[name] ?? ""));
  return (
    status >= 400 ||
    saysNo ||
    refusalMarks.some((name) => fields[name] !== undefined || fields[`${name}[]`] !== undefined)
  );
}

/** How a text is made up: letters, digits and which signs, and how many in all. */
function shapeOf(text: string): string {
  const kinds = [
    /[A-Za-z]/.test(text) ? "letters" : "",
    /\d/.test(text) ? "digits" : "",
    /[^A-Za-z\d]/.test(text) ? "signs" : "",
  ];
  return text === "" ? "(empty)" : `(${text.length} ${kinds.filter((kind) => kind !== "").join(", ")})`;
}

// Login addresses hold words and versions; whatever else stands in one may be an identity.
function shownPath(path: string, known: ReadonlySet<string>): string {
  return path
    .split("/")
    .map((part) => (part === "" || known.has(part) ? part : shapeOf(part)))
    .join("/");
}
