/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Fields that a peer sent stay unchecked until somebody looks at them. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** True for `{…}`, false for arrays, null and everything that is not an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The parsed text, or undefined where the text is no JSON: `null` is JSON, an empty text is not. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
