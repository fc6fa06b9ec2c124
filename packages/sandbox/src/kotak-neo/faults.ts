import type { Fault } from "../fault.ts";
import { bendAnswer, statusReply } from "../odd-answer.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf, textOf } from "../scenario.ts";
import type { KotakNeoWorld, Visit } from "./kotak-neo-world.ts";

/** A reply that takes the place of the broker's. */
export interface Interruption {
  readonly name: string;
  readonly reply: Reply;
  /** The broker does its work all the same; only its answer is lost. */
  readonly acted: boolean;
}

/** What stands between the client and the broker, in the order of the way: address, gateway, broker. */
export function interruptionOf(world: KotakNeoWorld, visit: Visit): Interruption | undefined {
  for (const [name, play] of Object.entries(INTERRUPTIONS)) {
    const scenario = visit.take(name);
    if (scenario !== undefined) return { name, reply: play(scenario, world, visit), acted: scenario["acted"] === true };
  }
  return undefined;
}

const INTERRUPTIONS: Readonly<Record<string, (scenario: Scenario, world: KotakNeoWorld, visit: Visit) => Reply>> = {
  redirect: (scenario, world, { request }) => ({
    status: 302,
    fault: {
      kind: "redirect",
      status: numberOf(scenario, "status") ?? 302,
      location: textOf(scenario, "location") ?? `${world.elsewhereUrl}${request.path}`,
    },
  }),
  hang: () => ({ status: 200, fault: { kind: "hang" } }),
  reset: () => ({ status: 200, fault: { kind: "reset" } }),
  "html-page": (scenario) => ({ status: 502, fault: { kind: "html", status: numberOf(scenario, "status") } }),
  // No body is documented for 403 and none is on record for 429 and 5xx (reference section 8.2), so these are our choice.
  "rate-limit": (scenario) => {
    const seconds = numberOf(scenario, "retryAfterSeconds");
    const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": String(seconds) };
    return { status: 429, headers, body: { status: "error", errorCode: "429", message: "Too many requests" } };
  },
  upstream: () => ({
    status: 424,
    body: { status: "error", errorCode: "424", message: "dependency error, retry after a few seconds" },
  }),
  "server-error": (scenario) => {
    const status = numberOf(scenario, "status") ?? 500;
    return { status, body: { status: "error", errorCode: String(status), message: "Internal error" } };
  },
  forbidden: () => ({ status: 403 }),
  status: statusReply,
};

const LOSSES: Readonly<Record<string, (scenario: Scenario) => Fault>> = {
  slow: (scenario) => ({ kind: "delay", ms: numberOf(scenario, "ms") ?? 1000 }),
  "slow-bytes": (scenario) => ({ kind: "slow-bytes", everyMs: numberOf(scenario, "everyMs") ?? 50 }),
  "huge-body": (scenario) => ({ kind: "huge-body", bytes: numberOf(scenario, "bytes") }),
  "gzip-bomb": (scenario) => ({ kind: "gzip-bomb", bytes: numberOf(scenario, "bytes") }),
  "truncated-json": (scenario) => ({ kind: "truncated-json", cut: scenario["cut"] === true }),
};

/** What happens to the broker's own answer on its way back. Each scenario that plays is noted in the journal. */
export function afterwards(world: KotakNeoWorld, visit: Visit, reply: Reply): Reply {
  const play = (name: string): Scenario | undefined => {
    const scenario = visit.take(name);
    if (scenario !== undefined) visit.request.entry.note(`fault: ${name}`);
    return scenario;
  };
  const bent = bendAnswer(reply, play, world.now);
  for (const [name, faultOf] of Object.entries(LOSSES)) {
    const scenario = play(name);
    if (scenario !== undefined) return { ...bent, fault: faultOf(scenario) };
  }
  return bent;
}
