import { requireOptions, wrongArgument } from "../errors/argument.ts";
import { isHeaderText } from "./sendable-header.ts";

/** Limits of one call, options of every adapter. */
export interface CallLimits {
  /**
   * How long one call may take, in milliseconds from 1 to 600 000. Default 10 000; covers connecting, headers and body together. A call cut
   * off after it left counts as an attempt if it carried a factor: the broker may have acted on it.
   */
  readonly timeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes after decompression, from 1 024 to 16 777 216. Default 262 144. A larger one is `protocol_error`. */
  readonly maxBodyBytes?: number | undefined;
}

/** What an option is where it is left out, what it must be, and the end of the sentence that says so. */
export interface OptionRule<Value = unknown> {
  readonly fallback: Value;
  readonly expectation: string;
  readonly fits: (value: unknown) => boolean;
}

/**
 * Checks what the user of an adapter gives its function: names and values, by hand, because a schema library would cost every program that only
 * adopts a stored session. An option that is undefined counts as left out.
 * @param rules one for each option besides {@link CallLimits}, which are checked here
 * @returns the options with the defaults in place
 * @throws BrokerAuthError `configuration` naming the option, never its value
 */
export function readOptions<Settings extends CallLimits>(
  given: unknown,
  rules: { readonly [Name in Exclude<keyof Settings, keyof CallLimits>]: OptionRule<Settings[Name]> },
  broker: string,
): Settings {
  const all: Readonly<Record<string, OptionRule>> = { ...rules, ...limits };
  if (!isPlainObject(given)) throw wrongArgument("options", "must be an object with named options", broker);
  const options = requireOptions(given, Object.keys(all), broker);
  const settings = Object.entries(all).map(([name, { fits, expectation, fallback }]) => {
    const value = options[name];
    if (value !== undefined && !fits(value)) throw wrongArgument(name, expectation, broker);
    return [name, value === undefined ? fallback : value] as const;
  });
  return Object.fromEntries(settings) as unknown as Settings;
}

/** One of a few texts; the first of them is the default. */
export function oneOf<Value extends string>(...values: readonly [Value, ...Value[]]): OptionRule<Value> {
  return {
    fallback: values[0],
    expectation: `must be ${values.map((one) => `"${one}"`).join(" or ")}`,
    fits: (value) => values.includes(value as Value),
  };
}

/** What goes into a header: visible characters, none of them a space. */
export function headerValue(fallback: string, longest: number): OptionRule<string> {
  return {
    fallback,
    expectation: `must be 1 to ${longest} visible ASCII characters without spaces`,
    fits: (value) => isHeaderText(value) && value.length <= longest,
  };
}

function wholeNumber(unit: string, from: number, to: number): OptionRule<undefined> {
  return {
    fallback: undefined,
    expectation: `must be a whole number of ${unit} from ${from} to ${to}`,
    fits: (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  };
}

// Their defaults are those of a call.
const limits: Readonly<Record<keyof CallLimits, OptionRule>> = {
  timeoutMs: wholeNumber("milliseconds", 1, 600_000),
  maxBodyBytes: wholeNumber("bytes", 1024, 16_777_216),
};

/** Whether it is an object with names of its own: a list, a date or a map has none that could be wrong. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
