import type { Tally } from "../harness/proof.ts";
import { bodiless, type HostileAnswer } from "./hostile-answer.ts";

/** A hostile answer as somebody reads it who has time, and the request that came after it. */
export interface SeenAnswer {
  readonly ok: boolean;
  /** The parsed body where it is whole, within the cap, and JSON. */
  readonly json: unknown;
  readonly following: Headers | undefined;
}

/** What came of all the answers. */
export interface HostileFindings {
  readonly answers: Tally<number>;
  readonly judged: Tally<number>;
  readonly overSockets: Tally<number>;
  /** What was thrown and is none of our errors. */
  readonly strangers: Tally<string>;
  readonly wrong: Tally<string>;
  readonly accepted: Tally<number>;
  readonly overRead: Tally<number>;
}

export const bodyCap = 262_144;

export function seen({ status, body, endless, cutAfter }: HostileAnswer, following: Headers | undefined): SeenAnswer {
  const readable = !endless && cutAfter === undefined && body.length <= bodyCap && !bodiless.includes(status);
  return { ok: status >= 200 && status < 300, json: readable ? parsed(body) : undefined, following };
}

/** Undefined where it is no JSON. */
export function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** An own property of an object, undefined for anything else: inherited ones are nobody's answer. */
export function own(json: unknown, name: string): unknown {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return isObject && Object.hasOwn(json, name) ? (json as Record<string, unknown>)[name] : undefined;
}

export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,8192}$/.test(value);
}
