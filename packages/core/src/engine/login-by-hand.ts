import type { Account } from "./account.ts";
import type { AccountSession } from "./account-session.ts";
import type { Answer } from "../contract/challenge.ts";
import { askHandler, type LoginHandlers } from "./login-handlers.ts";
import { type BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";

const mostMistakes = 3;

/**
 * One login with a person, who is asked by the handlers. A slip of the finger must not cost a new SMS: what could not be sent leaves the login open,
 * and the person is asked again.
 */
export async function logInByHand(account: Account, handlers: LoginHandlers): Promise<AccountSession> {
  const ask = async (...given: Parameters<typeof askHandler>): Promise<Answer> => {
    try {
      return await account.untilClosed(askHandler(...given));
    } catch (error) {
      // A fault of the program's own is no slip: asking again would not mend it.
      throw account.named(error);
    }
  };
  let progress = await account.begin();
  let mistakes = 0;
  while (progress.kind === "challenge") {
    const waiting = progress;
    const answer = await ask(handlers, waiting.challenge, waiting.refused);
    try {
      progress = await account.answer(waiting.handle, answer);
      // Nothing is sent for one and the same wrong answer, so no broker ends it.
      const again = progress.kind === "challenge" ? progress.refused : undefined;
      if (again?.code === "login_blocked" && ++mistakes >= mostMistakes) throw account.named(again);
    } catch (error) {
      if (isBrokerAuthError(error) && error.code === "challenge_expired") {
        // Several calls may show one and the same challenge. Where another one's answer came first, this one goes on from there.
        const others = await account.rejoin();
        if (others === undefined || (others.kind === "challenge" && others.handle === waiting.handle))
          throw account.named(error);
        progress = others;
        continue;
      }
      if (!isSlip(error) || ++mistakes >= mostMistakes) throw account.named(error);
      progress = { ...waiting, refused: error };
    }
  }
  return progress.session;
}

// Nothing was sent for it, and the login is still open.
function isSlip(error: unknown): error is BrokerAuthError {
  return isBrokerAuthError(error) && slips.has(error.code) && error.status === undefined;
}

const slips: ReadonlySet<BrokerAuthErrorCode> = new Set(["configuration", "login_blocked", "rate_limited"]);
