import type { Json, JsonObject } from "../json.ts";
import { expiredJwt } from "../jwt.ts";
import type { Reply } from "../reply.ts";
import { textOf } from "../scenario.ts";
import type { AngelOneSession } from "./account-state.ts";
import type { StepContext } from "./step.ts";

/** The services' envelope around a success (reference section 4). */
export function success(data: Json): JsonObject {
  return { status: true, message: "SUCCESS", errorcode: "", data };
}

/** The answer of login and renewal, as the scenarios that play make it. */
export function granted(context: StepContext, session: AngelOneSession, state: Json | undefined): Reply {
  let data: Record<string, Json | undefined> = {
    jwtToken: session.jwt,
    refreshToken: session.refreshToken,
    feedToken: session.feedToken,
    ...(state === undefined ? {} : { state }),
  };
  if (context.take("bearer-prefix") !== undefined) data["jwtToken"] = `Bearer ${session.jwt}`;
  const missing = context.take("no-token");
  if (missing !== undefined) data[textOf(missing, "field") ?? "jwtToken"] = undefined;
  const type = context.take("wrong-type");
  if (type !== undefined) data[textOf(type, "field") ?? "jwtToken"] = 1_234_567;
  if (context.take("extra-fields") !== undefined)
    data = { ...data, clienttype: null, token: "not-a-token", unheardOf: { nested: [1, { deep: null }] } };
  const contradiction = context.take("contradiction");
  if (contradiction !== undefined) {
    const kinds: Readonly<Record<string, JsonObject>> = {
      code: { ...success(data), errorcode: "AB1004" },
      "success-false": { ...success(data), success: false, errorCode: "AG8001" },
      expired: success({ ...data, jwtToken: expiredJwt(data["jwtToken"], context.request.at) }),
    };
    return { status: 200, body: kinds[textOf(contradiction, "kind") ?? "code"] ?? success(data) };
  }
  if (context.take("proto-keys") !== undefined) {
    const { jwtToken, ...rest } = data;
    // A computed key makes a property of its own where a plain one would set the prototype.
    return { status: 200, body: success({ ...rest, ["__proto__"]: { jwtToken }, constructor: { jwtToken } }) };
  }
  return { status: 200, body: success(data) };
}
