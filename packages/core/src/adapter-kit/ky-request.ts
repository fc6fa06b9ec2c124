import ky from "ky";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";

/** One request of an adapter, with every secret in it opened. */
export interface PlainRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | URLSearchParams | undefined;
  /** The limit of the whole call. */
  readonly signal: AbortSignal;
}

/**
 * Sends one request by ky, with everything that it does by itself switched off: one try, no redirect, no limit of its own, answers of any status.
 * Gives what the given fetch gave and throws what it threw, never an error of ky's: those hold the request.
 */
export async function sendByKy(
  send: typeof fetch,
  request: PlainRequest,
  facts: { readonly broker: string; readonly step: string },
): Promise<Response> {
  const { url, method, headers, body, signal } = request;
  const redirect = "manual";
  const sent: { outcome?: Promise<Response> } = {};
  try {
    await ky(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect,
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // Not handed on is the Request that ky made: its body would leave without its length, and the platform forgets its signal while the body is
      // read.
      fetch(made) {
        const { url: address, headers: complete } = made as Request;
        const init: RequestInit = {
          method,
          headers: Object.fromEntries(complete),
          ...(body === undefined ? {} : { body: String(body) }),
          redirect,
          ...(takesCacheOption() ? { cache: "no-store" } : {}),
          signal,
        };
        return (sent.outcome = (async () => send(address, init))());
      },
    });
  } catch (error) {
    // What ky makes of an outcome is of no interest; without one, nothing left.
    if (sent.outcome !== undefined) return sent.outcome;
    const message = `${facts.step}: the request could not be made; nothing was sent`;
    throw new BrokerAuthError("broker_unavailable", message, { ...facts, cause: error });
  }
  return sent.outcome!;
}

let cacheOption: boolean | undefined;

/** Whether the platform knows the option that keeps answers, tokens included, out of caches. Some throw for it. */
function takesCacheOption(): boolean {
  if (cacheOption !== undefined) return cacheOption;
  try {
    void new Request("https://check.invalid/", { cache: "no-store" });
    cacheOption = true;
  } catch {
    cacheOption = false;
  }
  return cacheOption;
}
