import { type BrokerAuthError, type Json, wrongArgument } from "@x/core/adapter";
import { names } from "./endpoints.ts";

/**
 * The body of the broker's POST calls: a form with one field `jData` that holds JSON text (kotak-neo.md section 4, call 5).
 * As a body of `fetch` it brings its own content type; a JSON body would be refused.
 * @throws BrokerAuthError `configuration` for what is no object, or cannot be JSON
 */
export function jData(data: { readonly [field: string]: Json }): URLSearchParams {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw noForm();
  let text: string;
  try {
    text = JSON.stringify(data);
  } catch {
    // Its own error may show a value.
    throw noForm();
  }
  return new URLSearchParams({ jData: text });
}

function noForm(): BrokerAuthError {
  return wrongArgument(
    "jData",
    'must be an object of fields that JSON can carry, such as jData({ seg: "ALL" })',
    names.broker,
  );
}
