import type { BrokerAuthError, LoginHandlers } from "@x/core";
import type { Desk } from "./desk.ts";
import { failureOf } from "./failure.ts";
import { InputLines } from "./standard-input.ts";
import { styled } from "./terminal.ts";
import type { WaitingLine } from "./waiting-line.ts";

/** Asks the person at the terminal for what a login needs. */
export async function loginHandlers(_desk: Desk, line: WaitingLine): Promise<LoginHandlers> {
  // Loaded now, so that no wait for a disk comes between a code and its answer.
  const { askHidden } = await import("./prompts.ts");
  const ask = async (message: string, refused: BrokerAuthError | undefined): Promise<string> => {
    line.hide();
    if (refused !== undefined) {
      const { message: why, action } = failureOf(refused);
      line.say(`${styled("red", "✗", process.stderr)} ${why}`);
      if (action !== undefined && action !== "") line.say(`  ${action}`);
    }
    const value = await askHidden(message, (given) => (given.trim() === "" ? "Type it, or end by Ctrl-C." : undefined));
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
    redirect: ({ url, refused }) => ask(`Log in at ${url} and paste the address that it leads back to`, refused),
  };
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
    redirect: next,
  };
}
