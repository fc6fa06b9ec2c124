import type { Options } from "ky";
import { wrong } from "./request-options.ts";

/**
 * Checks options of ky's own. ky looks at some of them only when the answer is there: an order would have been sent by then.
 * @throws BrokerAuthError `configuration` naming the option
 */
export function requireClientOptions(options: Options): void {
  if (options.fetch !== undefined) throw wrong("fetch", "is given to createBrokerAuth, for all requests of an account");
  for (const name of ["timeout", "totalTimeout"] as const) {
    const limit = options[name] ?? false;
    if (limit !== false && !(typeof limit === "number" && limit >= 0 && limit <= longest))
      throw wrong(name, "must be false, or milliseconds from 0 to 2147483647");
  }
  for (const name of ["parseJson", "stringifyJson", "onDownloadProgress", "onUploadProgress"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw wrong(name, "must be a function");
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw wrong("signal", "must be an AbortSignal");
  const { throwHttpErrors = true } = options;
  if (typeof throwHttpErrors !== "boolean" && typeof throwHttpErrors !== "function")
    throw wrong("throwHttpErrors", "must be true, false or a function");
  const { retry = 0 } = options;
  const limit = retryLimit(options);
  if ((typeof retry !== "number" && !isRecord(retry)) || !Number.isInteger(limit) || limit < 0)
    throw wrong("retry", "must be a whole number of tries from 0 up, or ky's object with it");
  for (const hooks of Object.values(options.hooks ?? {}) as readonly (readonly unknown[])[]) {
    if (hooks.some((hook) => typeof hook !== "function")) throw wrong("hooks", "must be lists of functions");
  }
}

/** Whether the client ends the wait by a limit of its own. */
export function isLimited({ timeout, totalTimeout }: Options): boolean {
  return typeof timeout === "number" || typeof totalTimeout === "number";
}

/** How often ky itself would send a request again. */
export function retryLimit({ retry = 0 }: Options): number {
  // Two is what ky makes of an object without a limit.
  return typeof retry === "number" ? retry : (retry?.limit ?? 2);
}

// Timers take no longer span.
const longest = 2 ** 31 - 1;

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
