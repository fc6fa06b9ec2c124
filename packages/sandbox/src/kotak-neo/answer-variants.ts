import type { Json, JsonObject } from "../json.ts";
import { expiredJwt } from "../jwt.ts";
import type { Reply } from "../reply.ts";
import { type Scenario, textOf } from "../scenario.ts";
import type { StepContext } from "./step.ts";

/** A success that says something else as well (reference, additions of 2026-11-30). */
function contradicted(scenario: Scenario, data: JsonObject, at: number): Reply {
  const text = textOf(scenario, "text") ?? "The request could not be completed";
  const inside: Readonly<Record<string, JsonObject>> = {
    ucc: { ucc: "ZZ99Z" },
    "masked-ucc": { ucc: "Z***Z" },
    expired: { token: expiredJwt(data["token"], at) },
  };
  const beside: Readonly<Record<string, JsonObject>> = {
    error: { error: [{ code: "400", message: text }] },
    "success-false": { success: false, message: text },
  };
  const kind = textOf(scenario, "kind") ?? "error";
  const marks = beside[kind] ?? {};
  const answered = { ...data, ...inside[kind] };
  const body = scenario["inside"] === true ? { data: { ...answered, ...marks } } : { ...marks, data: answered };
  return { status: 200, body };
}

/** The scenarios that alter a success. */
export function varied(context: StepContext, data: JsonObject): Reply {
  let result: Record<string, Json | undefined> = { ...data };
  const missing = context.take("no-token");
  if (missing?.["bare"] === true) return { status: 200, body: {} };
  if (missing !== undefined) result[textOf(missing, "field") ?? "token"] = undefined;
  const type = context.take("wrong-type");
  if (type !== undefined) result[textOf(type, "field") ?? "token"] = 1_234_567;
  const kType = context.step === "validate" ? context.take("wrong-ktype") : undefined;
  if (kType !== undefined) result["kType"] = kType["kType"] ?? "View";
  if (context.take("extra-fields") !== undefined) {
    result = {
      ...result,
      hsServerId: "server4",
      unheardOf: { nested: [1, { deep: null }] },
      token2: "not-a-token",
      expires_in: 55,
    };
  }
  const contradiction = context.take("contradiction");
  if (contradiction !== undefined) return contradicted(contradiction, result, context.request.at);
  if (context.take("proto-keys") !== undefined) {
    const { token, sid, ...rest } = result;
    // A computed key makes a property of its own where a plain one would set the prototype.
    return {
      status: 200,
      body: {
        ["__proto__"]: { polluted: true },
        data: { ...rest, ["__proto__"]: { token, sid, polluted: true }, constructor: { token, sid } },
      },
    };
  }
  return { status: 200, body: { data: result } };
}
