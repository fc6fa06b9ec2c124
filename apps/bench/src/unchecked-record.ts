import type { StoredRecord } from "@x/core";

/** Takes core's place in a bundle, to show what the schema library takes there: reads a stored record and checks nothing. */
export function decodeRecord({ revision, body }: StoredRecord): object {
  return { revision, ...(JSON.parse(new TextDecoder().decode(body)) as object) };
}
