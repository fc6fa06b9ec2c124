import { isBrokerAuthError } from "@x/core";
import { type Engine, identityOf, unattendedAccounts } from "../strategy/engine.ts";
import { failure, type FailureReport } from "../account-call.ts";
import type { AccountView } from "./desk-view.ts";
import type { EventLog } from "./event-log.ts";

/** How an account stands, but for what only this desk knows of it. Looks into the store and asks no broker. */
export async function lookAt(
  name: string,
  { auth, configuration }: Engine,
  log: EventLog,
): Promise<Omit<AccountView, "left" | "enrolled" | "brokerLock">> {
  const broker = configuration.accounts[name]?.broker ?? "";
  const facts = {
    name,
    broker,
    unattended: unattendedAccounts(configuration).includes(name),
    asks: identityOf(configuration, name)?.asks ?? [],
    enrollable: configuration.brokers.some((one) => one.broker === broker && one.enrolment !== undefined),
  };
  try {
    const { environment, state, generation, expiresAt, obtainedBy, blockedBy, clockOffsetMs } = await auth.status(name);
    // Somebody else's login: one more look-up makes it ours as well.
    if (state === "logged_in" && obtainedBy === undefined) {
      const session = await auth.session(name);
      log.setIssued(name, session.generation, session.issuedAt);
    }
    const span = log.span(name);
    const obtained = span?.generation === generation ? span : undefined;
    return {
      ...facts,
      environment,
      state,
      session: generation === 0 ? 0 : log.sessionNumber(name, generation),
      sharedWith: obtained?.sharedWith ?? [],
      obtained: obtained === undefined ? undefined : { by: obtained.by, who: obtained.who, from: obtained.from },
      expiresAt,
      blockedBy,
      clockOffsetMs,
      trouble: log.trouble(name),
      waitsUntil: log.waitsUntil(name),
    };
  } catch (error) {
    const hidden = {
      code: "unexpected",
      message: "the account could not be read",
      action: "Look at the server's output.",
    };
    const trouble = isBrokerAuthError(error) ? failure(error) : (hidden as FailureReport);
    return { ...facts, environment: "", state: "unknown", session: 0, sharedWith: [], trouble };
  }
}
