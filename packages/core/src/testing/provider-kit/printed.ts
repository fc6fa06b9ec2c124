import { isSecret, type Secret } from "../../contract/secret.ts";
import { check } from "./expectation.ts";

const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Fails when one of the texts shows up in what is printed of the value: as it is, in Base64 or percent-encoded. */
export function hides(value: unknown, texts: readonly string[], what: string): void {
  const shown = printed(value);
  const found = texts.find((text) => text.length > 3 && holds(shown, text));
  // Not the secret itself: test logs are kept.
  check(found === undefined, `${what}: found a secret of ${found?.length} characters in what it prints, expected none`);
}

/** The texts of all secrets inside a value. */
export function secretsIn(value: unknown): readonly string[] {
  return secretsAt(value).map((one) => one.reveal());
}

/** Whether a text occurs in another one. A short number counts only where it stands alone: it could be a part of any other one. */
export function holds(text: string, part: string): boolean {
  if (/^\d{1,6}$/.test(part)) return new RegExp(`(?<!\\d)${part}(?!\\d)`).test(text);
  return [part, encodeURIComponent(part), base64(part)].some((form) => text.includes(form));
}

/**
 * Every text that people and loggers could see of a value, one per line: what is in it at any depth, what it says by `toJSON`, `toString` and
 * inspection, and of an error its message and causes. The frames of a stack are left out: their numbers are lines of code.
 */
function printed(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<object>();
  const walk = (one: unknown): void => {
    if (typeof one !== "object" || one === null) {
      if (typeof one !== "function") texts.push(String(one));
      return;
    }
    if (seen.has(one)) return;
    seen.add(one);
    texts.push(...sayings(one));
    if (isSecret(one)) return;
    if (one instanceof Error) texts.push(one.name, one.message, one.stack ?? "");
    if (one instanceof Map || one instanceof Set || one instanceof Headers || one instanceof URLSearchParams)
      walk([...one]);
    if (one instanceof Request || one instanceof Response) walk([one.url, one.headers]);
    for (const key of Reflect.ownKeys(one)) {
      if (one instanceof Error && key === "stack") continue;
      texts.push(String(key));
      walk(Object.getOwnPropertyDescriptor(one, key)?.value);
    }
  };
  walk(value);
  return texts.join("\n").replaceAll(/\n\s+at [^\n]*/g, "");
}

function secretsAt(value: unknown): readonly Secret[] {
  if (isSecret(value)) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsAt) : [];
}

// What an object says about itself. Those that say nothing of their own are read by their parts.
function sayings(one: object): string[] {
  const ways = ["toJSON", "toString", inspect].map((name) => (one as Record<PropertyKey, unknown>)[name]);
  return ways
    .filter((say) => typeof say === "function" && say !== Object.prototype.toString)
    .map((say) => said(() => (say as () => unknown).call(one)));
}

function said(say: () => unknown): string {
  try {
    const text = say();
    return typeof text === "string" ? text : (JSON.stringify(text) ?? "");
  } catch {
    return "";
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, "");
}
