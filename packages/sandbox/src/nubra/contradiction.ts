import type { JsonObject } from "../json.ts";
import { expiredJwt } from "../jwt.ts";
import { type Scenario, numberOf, textOf } from "../scenario.ts";

/** A success that says something else as well (reference, additions of 2026-11-30). `held` names the field with its token. */
export function contradicted(scenario: Scenario, body: JsonObject, held: string, at: number): JsonObject {
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
export function withOddNumber(scenario: Scenario, body: JsonObject, sent: JsonObject): JsonObject {
  const factor = [sent["pin"], sent["mpin"], sent["otp"], sent["totp"]]
    .map(Number)
    .find((one) => Number.isInteger(one));
  return { ...body, [textOf(scenario, "field") ?? "attempts_left"]: numberOf(scenario, "value") ?? factor ?? 4821 };
}
