import { wrongArgument } from "../errors/argument.ts";
import { isLocal, isLoopback } from "./origin-policy.ts";

/**
 * Checks an address that a user gives in place of a broker's own, and returns its origin. In the environment `sandbox` it must be
 * loopback, the one place where plain http is taken; everywhere else it must be https and not loopback. Where the environment is not known yet,
 * it is taken to be the one that fits.
 * @throws BrokerAuthError `configuration` naming the field
 */
export function parseBaseUrl(input: unknown, environment: string | undefined, field: string, broker: string): string {
  const fail = (message: string): never => {
    throw wrongArgument(field, message, broker);
  };
  if (typeof input !== "string" || !URL.canParse(input)) return fail("is not an address such as https://host");
  const url = new URL(input);
  if (url.username !== "" || url.password !== "") return fail("must not contain a user name or password");
  if (!/^\/*$/.test(url.pathname) || url.search !== "" || url.hash !== "")
    return fail("must be scheme, host and port only, without a path");
  const loopback = isLoopback(url.hostname);
  if (environment === "sandbox" || (environment === undefined && loopback)) {
    if (!loopback || !/^https?:$/.test(url.protocol))
      return fail("must be http on a loopback address (127.0.0.1) in the sandbox environment");
    return url.origin;
  }
  if (loopback || isLocal(url.hostname))
    return fail('is a loopback address; set environment to "sandbox" to allow that');
  if (url.protocol !== "https:") return fail("must begin with https://");
  return url.origin;
}
