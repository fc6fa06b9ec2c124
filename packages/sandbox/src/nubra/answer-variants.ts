import { type JsonObject, isJsonObject } from "../json.ts";
import { expiredJwt } from "../jwt.ts";
import { alterReply } from "../network-fault.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, numberOf, textOf } from "../scenario.ts";
import type { NubraScenarioName } from "./scenarios.ts";
import { type StepContext, play, playIfNamed } from "./step.ts";

const TOKENS = ["temp_token", "auth_token", "session_token"];

/** What happens to an answer on its way back: the step has had its effect. Each scenario that plays is noted in the journal. */
export function alterAnswer(context: StepContext, decided: Reply): Reply {
  const noted = (name: NubraScenarioName, playing = play): Scenario | undefined => {
    const scenario = playing(context, name);
    if (scenario !== undefined) context.request.entry.note(`fault: ${name}`);
    return scenario;
  };
  const reply = varied(context, decided, noted);
  const isMint = context.step.name === "verifypin";
  if (reply.status < 300 && noted("reset-after-mint", isMint ? play : playIfNamed) !== undefined)
    return { ...reply, fault: { kind: "reset" } };
  return alterReply(reply, noted, context.broker.now);
}

type Play = (name: NubraScenarioName, playing?: typeof play) => Scenario | undefined;

/** Answers in unusual or wrong shapes. */
function varied(context: StepContext, reply: Reply, noted: Play): Reply {
  const { body } = reply;
  if (!isJsonObject(body)) return reply;
  const { step } = context;
  const number = noted("odd-number");
  if (number !== undefined) return { ...reply, body: withOddNumber(number, body, context.body) };
  if (reply.status >= 300) return reply;
  const held = TOKENS.find((name) => body[name] !== undefined);

  const odd = noted("odd-success");
  if (odd !== undefined)
    return { ...reply, status: 200, body: oddly(step.name, body, textOf(odd, "under") ?? "session_token") };
  if (
    body["next"] !== undefined &&
    noted("unexpected-next", step.name === "verifypin" ? playIfNamed : play) !== undefined
  ) {
    return { ...reply, body: { ...body, next: "VERIFY_EMAIL" } };
  }
  if (held === undefined) return reply;
  if (noted("missing-token") !== undefined) return { ...reply, body: without(body, held) };
  if (noted("wrong-type") !== undefined) return { ...reply, body: { ...body, [held]: 1_234_567_890 } };
  const contradiction = noted("contradiction");
  if (contradiction !== undefined) return { ...reply, body: contradicted(contradiction, body, held, context.at) };
  if (noted("proto-keys") === undefined) return reply;
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

/** A success that says something else as well (reference, additions of 2026-11-30). `held` names the field with its token. */
function contradicted(scenario: Scenario, body: JsonObject, held: string, at: number): JsonObject {
  const text = textOf(scenario, "text") ?? "The request could not be completed";
  const contradictions: Readonly<Record<string, JsonObject>> = {
    error: { error: text, nubra_error_code: "" },
    "success-false": { success: false, message: text },
    phone: { phone: "9000000099" },
    "masked-phone": { phone: "90XXXXXX99" },
    expired: { [held]: expiredJwt(body[held], at) },
  };
  return { ...body, ...contradictions[textOf(scenario, "kind") ?? "error"] };
}

/** An answer with a number that it should not have: a careless server may well echo what it was sent (same additions). */
function withOddNumber(scenario: Scenario, body: JsonObject, sent: JsonObject): JsonObject {
  const factor = [sent["pin"], sent["mpin"], sent["otp"], sent["totp"]]
    .map(Number)
    .find((one) => Number.isInteger(one));
  return { ...body, [textOf(scenario, "field") ?? "attempts_left"]: numberOf(scenario, "value") ?? factor ?? 4821 };
}
