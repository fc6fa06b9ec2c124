import type { Fault } from "./fault.ts";
import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";
import { type Scenario, numberOf, textOf } from "./scenario.ts";

/** Scenarios about HTTP and not about a broker: both play them alike. Parameters stand in brackets, all optional. */
export const oddAnswerScenarios = {
  status:
    "this status in the place of an answer [status 503, body empty, html or json, retryAfterSeconds, retryAfter: the header's text, reason, acted]",
  "content-type": 'the broker\'s answer under another content type [type text/html; "" for none]',
  "reason-phrase": "the broker's answer with a reason phrase that is not ASCII [reason]",
  "odd-status": "the broker's answer under another status [status 999]",
  "cached-answer":
    "the answer comes from a cache: its Date is that of ageSeconds ago [ageSeconds 120, mark age, x-cache, via or none]",
  chunked:
    "the answer comes in pieces without a length [pieces 2, everyMs 20; open: true for a stream whose last piece never comes]",
} as const;

const TOMCAT_IN_HINDI = "\u0920\u0940\u0915 \u0939\u0948";

const PAGE =
  "<!DOCTYPE html><html><head><title>Request blocked</title></head><body><h1>The request was blocked</h1><p>Support ID: 4711</p></body></html>";

/** The `status` scenario: what a proxy, a firewall or an overloaded server answers before the broker looks at the request. */
export function statusReply(scenario: Scenario): Reply {
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

/** The other scenarios of the table: they bend an answer that the broker has given. `play` takes a scenario, `now` is the broker's time. */
export function bendAnswer(reply: Reply, play: (name: string) => Scenario | undefined, now: () => number): Reply {
  let bent = reply;
  const type = play("content-type");
  if (type !== undefined) bent = withHeaders(bent, { "content-type": textOf(type, "type") ?? "text/html" });
  const reason = play("reason-phrase");
  if (reason !== undefined) bent = { ...bent, reason: textOf(reason, "reason") ?? TOMCAT_IN_HINDI };
  const status = play("odd-status");
  if (status !== undefined) bent = { ...bent, status: numberOf(status, "status") ?? 999 };
  const cached = play("cached-answer");
  if (cached !== undefined) bent = withHeaders(bent, cacheHeaders(cached, now()));
  const chunked = play("chunked");
  return chunked === undefined ? bent : { ...bent, fault: inPieces(chunked) };
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
