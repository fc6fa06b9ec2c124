import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";

/** What is wrong with something that a user gave. The message names the field and says what to write, and never shows the value. */
export function wrongArgument(field: string, message: string, broker?: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field, broker });
}

/** Whether it is an object with named fields: no list, no function, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Checks an object of options by its own names: a misspelt one would be passed over in silence.
 * @throws BrokerAuthError `configuration`
 */
export function requireOptions(
  given: unknown,
  known: readonly string[],
  broker?: string,
): Readonly<Record<string, unknown>> {
  // Said only where something is wrong: ten thousand callers may come with options at once.
  const named = (): string => `{ ${known.join(", ")} }`;
  if (!isObject(given)) throw wrongArgument("options", `must be an object with some of ${named()}`, broker);
  const options = readArgument("options", () => ({ ...given }), broker);
  const stranger = Object.keys(options).find((name) => !known.includes(name));
  if (stranger === undefined) return options;
  // What does not look like a name may be a value in the wrong place.
  const field = /^[A-Za-z]\w{0,31}$/.test(stranger) ? stranger : "options";
  throw wrongArgument(field, `is not an option; there are ${named()}`, broker);
}

/** Reads what a user gave, where a getter or a proxy may throw. @throws BrokerAuthError `configuration` without what was thrown */
export function readArgument<Value>(field: string, read: () => Value, broker?: string): Value {
  try {
    return read();
  } catch (error) {
    throw isBrokerAuthError(error) ? error : wrongArgument(field, "cannot be read: reading it failed", broker);
  }
}

/** @param remedy ends the message @throws BrokerAuthError `configuration` unless it is a function, or left out */
export function requireFunction(value: unknown, field: string, remedy = ""): void {
  if (value !== undefined && typeof value !== "function") throw wrongArgument(field, `must be a function${remedy}`);
}

/** What to write where a function was given in place of what it makes, such as `nubra` for `nubra()`. */
export function callIt(made: unknown, example: string): string {
  const name = typeof made === "function" && /^[A-Za-z]\w{0,31}$/.test(made.name) ? `${made.name}()` : example;
  return `is a function; call it: ${name}`;
}
