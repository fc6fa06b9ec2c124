import { wrongArgument } from "../errors/argument.ts";
import { isPlainObject, type OptionRule } from "./adapter-options.ts";

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
// No line breaks: they would end the header and begin another one.
const headerValue = /^[\x20-\x7e]*$/;

// What belongs to one connection or frames the message (RFC 9110, section 7.6.1): fetch sets it, drops it without a word or fails over it.
const connectionHeaders =
  /^(?:connection|content-encoding|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/;

/** The option `extraHeaders`: what goes along with every call of a session. Default none. */
export const headersOption: OptionRule<Readonly<Record<string, string>>> = {
  fallback: {},
  expectation: "must be an object of header names and plain text values",
  fits: (value) =>
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, text]) => headerName.test(name) && typeof text === "string" && headerValue.test(text),
    ),
};

/**
 * The headers of `extraHeaders`, frozen and with names in lower case.
 * @param own what the protocol itself sends: another value would break the session or go to the wrong step
 * @throws BrokerAuthError `configuration` for one of those, and for one that belongs to the connection
 */
export function furtherHeaders(
  given: Readonly<Record<string, string>>,
  own: readonly string[],
  broker: string,
): Readonly<Record<string, string>> {
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name] of headers) {
    const whose = own.includes(name)
      ? "the adapter sets"
      : connectionHeaders.test(name)
        ? "belongs to the connection"
        : undefined;
    if (whose !== undefined) throw wrongArgument("extraHeaders", `must not contain ${name}, which ${whose}`, broker);
  }
  return Object.freeze(Object.fromEntries(headers));
}
