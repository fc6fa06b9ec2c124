import type { Json, JsonObject } from "./json.ts";
import { SandboxError } from "./sandbox-error.ts";

/** A field of a control call's body. @throws SandboxError bad_option that names the field */
export function textField(body: JsonObject, field: string): string {
  const value = body[field];
  if (typeof value === "string" && value !== "") return value;
  throw new SandboxError("bad_option", `The field "${field}" must be a text.`);
}

export function textsField(body: JsonObject, field: string): string[] {
  const value = body[field];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new SandboxError("bad_option", `The field "${field}" must be a list of texts.`);
}

export function numberField(body: JsonObject, field: string): number {
  const value = body[field];
  if (typeof value === "number") return value;
  throw new SandboxError("bad_option", `The field "${field}" must be a number of milliseconds.`);
}

/** The answer to a control that has nothing to tell. */
export function done(_nothing: void): Json {
  return {};
}
