import { isObject, type Json, wrongArgument } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/**
 * The body of the broker's POST calls: a form with one field `jData` that holds JSON text (kotak-neo.md section 4, call 5).
 * As a body of `fetch` it brings its own content type; a JSON body would be refused.
 * @throws BrokerAuthError `configuration` for what is no object, or cannot be JSON
 */
export function jData(data: { readonly [field: string]: Json }): URLSearchParams {
  try {
    if (isObject(data)) return new URLSearchParams({ jData: JSON.stringify(data) });
  } catch {
    // Its own error may show a value.
  }
  throw wrongArgument("jData", 'must be an object of JSON values, such as { seg: "ALL" }', names.broker);
}
