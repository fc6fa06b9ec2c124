import { type JsonObject, isJsonObject } from "../json.ts";
import type { Fault } from "../fault.ts";
import { bendAnswer } from "../odd-answer.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf, textOf } from "../scenario.ts";
import { contradicted, withOddNumber } from "./contradiction.ts";
import { type StepContext, play, playIfNamed } from "./nubra-step.ts";

const MIB = 1024 * 1024;
const TOKENS = ["temp_token", "auth_token", "session_token"];

/** What happens to an answer on its way back: the step has had its effect. */
export function replyFault(context: StepContext, decided: Reply): Reply {
  const reply = bendAnswer(
    disfigure(context, decided),
    (name) => {
      const scenario = play(context, name);
      if (scenario !== undefined) context.request.entry.note(`fault: ${name}`);
      return scenario;
    },
    context.world.now,
  );
  const fault = (name: string, make: (scenario: Scenario) => Fault, playing = play): Reply | undefined => {
    const scenario = playing(context, name);
    if (scenario === undefined) return undefined;
    context.request.entry.note(`fault: ${name}`);
    return { ...reply, fault: make(scenario) };
  };
  return (
    (reply.status < 300
      ? fault("reset-after-mint", () => ({ kind: "reset" }), context.step.name === "verifypin" ? play : playIfNamed)
      : undefined) ??
    fault("huge-body", (scenario) => ({ kind: "huge-body", bytes: numberOf(scenario, "bytes") ?? 32 * MIB })) ??
    fault("gzip-bomb", (scenario) => ({ kind: "gzip-bomb", bytes: numberOf(scenario, "bytes") ?? 128 * MIB })) ??
    fault("truncated-json", (scenario) => ({ kind: "truncated-json", cut: scenario["cut"] === true })) ??
    fault("slow-bytes", (scenario) => ({ kind: "slow-bytes", everyMs: numberOf(scenario, "everyMs") ?? 50 })) ??
    fault("slow", (scenario) => ({ kind: "delay", ms: numberOf(scenario, "ms") ?? 1000 })) ??
    reply
  );
}

/** Answers in unusual or wrong shapes. */
function disfigure(context: StepContext, reply: Reply): Reply {
  const { body } = reply;
  if (!isJsonObject(body)) return reply;
  const { request, step } = context;
  const number = play(context, "odd-number");
  if (number !== undefined) {
    request.entry.note("fault: odd-number");
    return { ...reply, body: withOddNumber(number, body, context.body) };
  }
  if (reply.status >= 300) return reply;
  const held = TOKENS.find((name) => body[name] !== undefined);

  const plays = (name: string, playing = play): Scenario | undefined => {
    const scenario = playing(context, name);
    if (scenario !== undefined) request.entry.note(`fault: ${name}`);
    return scenario;
  };
  const odd = plays("odd-success");
  if (odd !== undefined)
    return { ...reply, status: 200, body: oddly(step.name, body, textOf(odd, "under") ?? "session_token") };
  if (
    body["next"] !== undefined &&
    plays("unexpected-next", step.name === "verifypin" ? playIfNamed : play) !== undefined
  ) {
    return { ...reply, body: { ...body, next: "VERIFY_EMAIL" } };
  }
  if (held === undefined) return reply;
  if (plays("missing-token") !== undefined) return { ...reply, body: without(body, held) };
  if (plays("wrong-type") !== undefined) return { ...reply, body: { ...body, [held]: 1_234_567_890 } };
  const contradiction = plays("contradiction");
  if (contradiction !== undefined) return { ...reply, body: contradicted(contradiction, body, held, context.at) };
  if (plays("proto-keys") === undefined) return reply;
  const token = JSON.stringify({ [held]: body[held] });
  // As text: an object literal would swallow the key that this is about.
  const text = JSON.stringify(without(body, held)).replace(
    /^\{/,
    `{"__proto__":${token},"constructor":{"prototype":${token}},`,
  );
  return { ...reply, headers: { "content-type": "application/json" }, body: text };
}

/** Reference section 4.1: the session token may come under `data`, /userinfo may be wrapped; nothing of the kind is known of other calls. */
function oddly(step: string, body: JsonObject, under: string): JsonObject {
  const extra = { request_id: "req-0001", server_notes: ["invented"], meta: { region: null } };
  if (step === "userinfo") return { ...extra, data: body };
  if (step !== "verifypin") return { ...extra, ...body };
  return {
    ...extra,
    ...without(body, "session_token"),
    data: { [under === "token" ? "token" : "session_token"]: body["session_token"] },
  };
}

function without(body: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}
