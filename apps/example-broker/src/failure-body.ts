import { isObject } from "@x/core/adapter";

/** What an answer says about a failure. */
export interface Failure {
  /** The broker's word for it; undefined where there is none. It may hold anything: for comparing, not for showing. */
  readonly code: string | undefined;
}

/** By hand: judging an answer must not load what only a login needs. */
export function readFailure(json: unknown): Failure {
  const code = isObject(json) ? json["error_type"] : undefined;
  return { code: typeof code === "string" ? code : undefined };
}
