import type { Json } from "@x/core/adapter";

/**
 * The body of the broker's POST calls: a form with one field `jData` that holds JSON text (kotak-neo.md section 4, call 5).
 * As a body of `fetch` it brings its own content type; a JSON body would be refused.
 */
export function jData(data: { readonly [field: string]: Json }): URLSearchParams {
  return new URLSearchParams({ jData: JSON.stringify(data) });
}
