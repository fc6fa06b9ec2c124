import type { Fault } from "./fault.ts";
import type { OpenJournalEntry } from "./journal.ts";
import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";
import { type Scenario, numberOf, textOf } from "./scenario.ts";

/** Scenarios about the network and HTTP, not about a broker: every broker plays them alike. Parameters stand in brackets, all optional. */
export const networkScenarios = {
  hang: "no answer and no effect [acted: true for an effect]",
  reset: "the connection is reset, no effect [acted: true for an effect]",
  redirect: "a redirect to another origin [status 302, location, acted]",
  "html-page": "an HTML page [status 502, acted]",
  "rate-limit": "429 [retryAfterSeconds, acted]",
  "server-error": "a JSON error of the back end [status 500, acted]",
  status:
    "this status in the place of an answer [status 503, body empty, html or json, retryAfterSeconds, retryAfter: the header's text, reason, acted]",
  slow: "the answer comes after ms real milliseconds, the effect at once [ms 1000]",
  "slow-bytes": "the answer comes byte by byte [everyMs 50]",
  "huge-body": "an answer of so many bytes [bytes 32 MiB]",
  "gzip-bomb": "a small answer that inflates to so many bytes [bytes 128 MiB]",
  "truncated-json": "half of the answer [cut: true for a broken connection]",
  "content-type": 'the broker\'s answer under another content type [type text/html; "" for none]',
  "reason-phrase": "the broker's answer with a reason phrase that is not ASCII [reason]",
  "odd-status": "the broker's answer under another status [status 999]",
  "cached-answer":
    "the answer comes from a cache: its Date is that of ageSeconds ago [ageSeconds 120, mark age, x-cache, via or none]",
  chunked:
    "the answer comes in pieces without a length [pieces 2, everyMs 20; open: true for a stream whose last piece never comes]",
} as const;

export type NetworkScenarioName = keyof typeof networkScenarios;

/** Takes the place of the broker's answer. */
export interface Interruption {
  readonly name: string;
  readonly reply: Reply;
  /** The broker does its work all the same; only its answer is lost. */
  readonly acted: boolean;
}

export type InterruptionReplies<Name extends string> = Readonly<Partial<Record<Name, (scenario: Scenario) => Reply>>>;

/** In the order of the way: address, gateway, broker. The bodies are the broker's, because each has an error format of its own. */
export function networkInterruptions(options: {
  readonly path: string;
  readonly elsewhereUrl: string;
  readonly rateLimited: Json;
  readonly serverError: (status: number) => Json;
}): InterruptionReplies<NetworkScenarioName> {
  return {
    redirect: (scenario) => ({
      status: 302,
      fault: {
        kind: "redirect",
        status: numberOf(scenario, "status") ?? 302,
        location: textOf(scenario, "location") ?? `${options.elsewhereUrl}${options.path}`,
      },
    }),
    hang: () => ({ status: 200, fault: { kind: "hang" } }),
    reset: () => ({ status: 200, fault: { kind: "reset" } }),
    "html-page": (scenario) => ({ status: 502, fault: { kind: "html", status: numberOf(scenario, "status") } }),
    "rate-limit": (scenario) => {
      const seconds = numberOf(scenario, "retryAfterSeconds");
      const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": String(seconds) };
      return { status: 429, headers, body: options.rateLimited };
    },
    "server-error": (scenario) => {
      const status = numberOf(scenario, "status") ?? 500;
      return { status, body: options.serverError(status) };
    },
    status: statusReply,
  };
}

/** The first interruption that plays now. */
export function interruptionOf<Name extends string>(
  replies: InterruptionReplies<Name>,
  play: (name: Name) => Scenario | undefined,
): Interruption | undefined {
  for (const [name, reply] of Object.entries(replies) as Array<[Name, (scenario: Scenario) => Reply]>) {
    const scenario = play(name);
    if (scenario !== undefined) return { name, reply: reply(scenario), acted: scenario["acted"] === true };
  }
  return undefined;
}

/** Asks the broker unless something stands in front of it, and tells the journal which fault the client saw. */
export function interrupted(
  entry: OpenJournalEntry,
  interruption: Interruption | undefined,
  askBroker: () => Reply,
): Reply {
  if (interruption === undefined) return askBroker();
  const { name, reply, acted } = interruption;
  if (acted) {
    askBroker();
    entry.note(`fault: ${name}`);
  } else entry.tell({ outcome: `fault: ${name}` });
  return reply;
}

/** What happens to the broker's own answer on its way back: first what it says of itself, then how its bytes arrive. */
export function alterReply(
  reply: Reply,
  play: (name: NetworkScenarioName) => Scenario | undefined,
  now: () => number,
): Reply {
  const altered = relabel(reply, play, now);
  for (const [name, faultOf] of Object.entries(LOSSES) as Array<[NetworkScenarioName, (scenario: Scenario) => Fault]>) {
    const scenario = play(name);
    if (scenario !== undefined) return { ...altered, fault: faultOf(scenario) };
  }
  return altered;
}

const LOSSES: Readonly<Partial<Record<NetworkScenarioName, (scenario: Scenario) => Fault>>> = {
  "huge-body": (scenario) => ({ kind: "huge-body", bytes: numberOf(scenario, "bytes") }),
  "gzip-bomb": (scenario) => ({ kind: "gzip-bomb", bytes: numberOf(scenario, "bytes") }),
  "truncated-json": (scenario) => ({ kind: "truncated-json", cut: scenario["cut"] === true }),
  "slow-bytes": (scenario) => ({ kind: "slow-bytes", everyMs: numberOf(scenario, "everyMs") ?? 50 }),
  slow: (scenario) => ({ kind: "delay", ms: numberOf(scenario, "ms") ?? 1000 }),
};

const TOMCAT_IN_HINDI = "\u0920\u0940\u0915 \u0939\u0948";

const PAGE =
  "<!DOCTYPE html><html><head><title>Request blocked</title></head><body><h1>The request was blocked</h1><p>Support ID: 4711</p></body></html>";

/** The `status` scenario: what a proxy, a firewall or an overloaded server answers before the broker looks at the request. */
function statusReply(scenario: Scenario): Reply {
  const status = numberOf(scenario, "status") ?? 503;
  const seconds = numberOf(scenario, "retryAfterSeconds");
  const retryAfter = textOf(scenario, "retryAfter") ?? (seconds === undefined ? undefined : String(seconds));
  const form = textOf(scenario, "body") ?? "empty";
  const bodies: Readonly<Record<string, { type?: string; body?: Json }>> = {
    empty: {},
    html: { type: "text/html; charset=utf-8", body: PAGE },
    json: { type: "application/json", body: { message: "Request blocked" } },
  };
  const { type, body } = bodies[form] ?? {};
  return {
    status,
    reason: textOf(scenario, "reason"),
    headers: {
      ...(type === undefined ? {} : { "content-type": type }),
      ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    },
    body,
  };
}

function relabel(reply: Reply, play: (name: NetworkScenarioName) => Scenario | undefined, now: () => number): Reply {
  let altered = reply;
  const type = play("content-type");
  if (type !== undefined) altered = withHeaders(altered, { "content-type": textOf(type, "type") ?? "text/html" });
  const reason = play("reason-phrase");
  if (reason !== undefined) altered = { ...altered, reason: textOf(reason, "reason") ?? TOMCAT_IN_HINDI };
  const status = play("odd-status");
  if (status !== undefined) altered = { ...altered, status: numberOf(status, "status") ?? 999 };
  const cached = play("cached-answer");
  if (cached !== undefined) altered = withHeaders(altered, cacheHeaders(cached, now()));
  const chunked = play("chunked");
  return chunked === undefined ? altered : { ...altered, fault: inPieces(chunked) };
}

function cacheHeaders(scenario: Scenario, now: number): Readonly<Record<string, string>> {
  const seconds = numberOf(scenario, "ageSeconds") ?? 120;
  const marks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    age: { age: String(seconds) },
    "x-cache": { "x-cache": "HIT" },
    via: { via: "1.1 cache.example.com (invented)", "cache-control": "public, max-age=600" },
    none: {},
  };
  return { date: new Date(now - seconds * 1000).toUTCString(), ...marks[textOf(scenario, "mark") ?? "age"] };
}

function inPieces(scenario: Scenario): Fault {
  return {
    kind: "chunks",
    pieces: numberOf(scenario, "pieces") ?? 2,
    everyMs: numberOf(scenario, "everyMs") ?? 20,
    open: scenario["open"] === true,
  };
}

function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}
