import type { BrokerAuthError, LoginHandlers } from "@x/core";
import { failureOf } from "./failure.ts";
import type { Keyboard } from "./keyboard.ts";
import { InputLines } from "./standard-input.ts";
import { styled, tell } from "./terminal.ts";
import type { WaitingLine } from "./waiting-line.ts";

/** Asks the person at the terminal for what a login needs. */
export async function loginHandlers(
  line: WaitingLine,
  keyboard: Keyboard,
  redirectUrl: string | undefined,
): Promise<LoginHandlers> {
  // Loaded now, so that no wait for a disk comes between a code and its answer.
  const { askHidden } = await import("./prompts.ts");
  const tellRefusal = (refused: BrokerAuthError | undefined): void => {
    line.hide();
    if (refused === undefined) return;
    const { message: why, action } = failureOf(refused);
    line.say(`${styled("red", "✗", process.stderr)} ${why}`);
    if (action !== undefined && action !== "") line.say(`  ${action}`);
  };
  const ask = async (message: string, refused: BrokerAuthError | undefined, signal?: AbortSignal): Promise<string> => {
    tellRefusal(refused);
    const value = await keyboard.lend(() => askHidden(message, refuseEmpty, signal));
    line.show("sending it to the broker");
    return value;
  };
  return {
    otp: async ({ sentTo, attemptsLeft, refused }) => {
      const left = attemptsLeft === undefined ? "" : `, ${attemptsLeft} attempts left`;
      const value = await ask(`Code sent to ${sentTo} (r: send a new one${left})`, refused);
      return value.trim().toLowerCase() === "r" ? { resend: true } : value;
    },
    totp: ({ refused }) => ask("Six digits of the authenticator app", refused),
    mpin: ({ refused }) => ask("MPIN", refused),
    redirect: async ({ url, refused }) => {
      tellRefusal(refused);
      line.say(`Log in at the broker's page, in a browser:\n\n  ${url}\n`);
      const done = new AbortController();
      const paste = ask(
        "It goes on by itself here; else paste the address that the page led to",
        undefined,
        done.signal,
      );
      try {
        return await Promise.race([paste, cameBack(url, redirectUrl, done.signal)]);
      } finally {
        // Whichever was not needed: the page that listens, or the question.
        done.abort();
        await paste.catch(() => undefined);
      }
    },
  };
}

function refuseEmpty(given: string): string | undefined {
  return given.trim() === "" ? "Type it, or end by Ctrl-C." : undefined;
}

/** The address that the browser is led back to, where it comes to this machine. Waits for ever where it cannot: then it is pasted. */
async function cameBack(url: string, redirectUrl: string | undefined, signal: AbortSignal): Promise<string> {
  const { openInBrowser } = await import("@x/config/browser");
  const wait = { redirectUrl, signal, timeoutMs: 2 ** 31 - 1 };
  try {
    return await openInBrowser(wait)({ url });
  } catch {
    if (signal.aborted) return new Promise(() => undefined);
  }
  // No browser that a program can open. The person may still open one here.
  return openInBrowser({ ...wait, open: () => undefined })({ url }).catch(() => new Promise<string>(() => undefined));
}

/** Takes the answers from standard input, one in each line. At its end there is none, which the engine says. */
export function pipedHandlers(): LoginHandlers {
  const lines = new InputLines();
  const next = async (): Promise<string> => (await lines.next()) as string;
  return {
    otp: async () => {
      const value = await next();
      return value === "r" ? { resend: true } : value;
    },
    totp: next,
    mpin: next,
    redirect: ({ url }) => {
      // Whoever writes to the pipe needs it first: no answer fits but the one to this very address.
      tell(`Log in at ${url}`);
      return next();
    },
  };
}
