// For users: logins that lead through a page of the broker.
import { BrokerAuthError } from "@x/core";
import { openRedirectPage } from "./redirect-page.ts";
import { openSystemBrowser } from "./system-browser.ts";

export interface OpenInBrowserOptions {
  /**
   * The redirect address that is registered for the app at the broker: http on 127.0.0.1 or localhost, with a port and any path. Default
   * `http://127.0.0.1:8976/callback`.
   */
  readonly redirectUrl?: string | undefined;
  /** Shows the broker's page to the person. Default: the system's browser. */
  readonly open?: ((url: string) => void | Promise<void>) | undefined;
  /** How long the person may take, in milliseconds. Default 300 000, five minutes. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A handler for `login("main", { redirect: openInBrowser() })`: opens the broker's page in a browser, waits on loopback for the address that it leads
 * back to, and shows a page there that closes itself. It listens only while a login waits.
 * @throws BrokerAuthError from the handler: `configuration` for an address or a browser that will not do, `needs_input` when nobody came back,
 * `aborted` when the signal fired
 */
export function openInBrowser(
  options: OpenInBrowserOptions = {},
): (challenge: { readonly url: string }) => Promise<string> {
  const { redirectUrl = "http://127.0.0.1:8976/callback", open = openSystemBrowser, timeoutMs = 300_000 } = options;
  return async ({ url }) => {
    if (!/^https?:/.test(url)) {
      throw new BrokerAuthError(
        "protocol_error",
        "the login page is no address that a browser opens; nothing was opened",
      );
    }
    await using page = await openRedirectPage(redirectUrl);
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    return await Promise.race([page.arrived, ended(signal, timeout), failed(open, url)]);
  };
}

/** Rejects if the page cannot be shown; waits for nothing else, as some browsers stay open. */
async function failed(open: (url: string) => void | Promise<void>, url: string): Promise<never> {
  await open(url);
  return new Promise<never>(() => undefined);
}

function ended(signal: AbortSignal, timeout: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(timeout.aborted ? nobodyCame() : left());
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

function nobodyCame(): BrokerAuthError {
  return new BrokerAuthError("needs_input", "nobody came back from the broker's login page in time", {
    challenge: "redirect",
    action:
      "Log in again and finish at the page; and compare redirectUrl with the address that is registered for the app.",
  });
}

function left(): BrokerAuthError {
  return new BrokerAuthError("aborted", "ended by its signal before the browser came back");
}
