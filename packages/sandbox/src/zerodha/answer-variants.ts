import type { Json, JsonObject } from "../json.ts";
import type { Reply } from "../reply.ts";
import { textOf } from "../scenario.ts";
import type { StepContext } from "./step.ts";

/** The scenarios that alter the answer of a login. */
export function varied(context: StepContext, data: JsonObject): Reply {
  let result: Record<string, Json | undefined> = { ...data };
  if (context.take("empty-success") !== undefined) return { status: 200, body: {} };
  const missing = context.take("no-token");
  if (missing !== undefined) result[textOf(missing, "field") ?? "access_token"] = undefined;
  const type = context.take("wrong-type");
  if (type !== undefined) result[textOf(type, "field") ?? "access_token"] = 1_234_567;
  const foreign = context.take("foreign-user");
  if (foreign !== undefined) result["user_id"] = textOf(foreign, "userId") ?? "AA0000";
  if (context.take("extra-fields") !== undefined)
    result = { ...result, enctoken: "not-a-token", unheard_of: { nested: [1, { deep: null }] }, silo: "" };
  const contradiction = context.take("contradiction");
  if (contradiction !== undefined) {
    const error_type = textOf(contradiction, "errorType") ?? "GeneralException";
    const message = textOf(contradiction, "text") ?? "The request could not be completed";
    return { status: 200, body: { status: "error", error_type, message, data: result } };
  }
  if (context.take("proto-keys") !== undefined) {
    const { access_token, ...rest } = result;
    // A computed key makes a property of its own where a plain one would set the prototype.
    const hidden = { ["__proto__"]: { access_token }, constructor: { access_token } };
    return { status: 200, body: { ["__proto__"]: { data: { ...result } }, data: { ...rest, ...hidden } } };
  }
  return { status: 200, body: { status: "success", data: result } };
}
