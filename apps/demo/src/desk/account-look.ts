import { isBrokerAuthError } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { failure, type FailureReport } from "../account-call.ts";
import { identityOf } from "../strategy/engine.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { DeskEngine } from "./desk-engine.ts";
import type { AccountView } from "./desk-view.ts";
import type { EventLog } from "./event-log.ts";
import type { LeftAccounts } from "./left-accounts.ts";
import { personAction } from "./person-action.ts";
import { brokerLock } from "./sandbox-side.ts";

const unreadable: FailureReport = {
  code: "unexpected",
  message: "the account could not be read",
  action: "Look at the server's output.",
};

interface LookedAt {
  readonly engine: DeskEngine;
  readonly log: EventLog;
  readonly left: LeftAccounts;
  readonly configuration: DeskConfiguration;
  readonly sandbox: Sandbox | undefined;
}

/** How an account stands. Looks into the store and asks no broker. */
export async function lookAt(name: string, desk: LookedAt): Promise<AccountView> {
  const { log, sandbox } = desk;
  const { auth, configuration } = desk.engine;
  const { broker = "" } = desk.engine.account(name) ?? {};
  const asks = identityOf(configuration, name)?.asks ?? [];
  const provider = configuration.brokers.find((one) => one.broker === broker);
  const facts = {
    name,
    broker,
    unattended: asks.length === 0,
    asks,
    enrollable: provider?.enrolment !== undefined,
    left: desk.left.names.includes(name),
    enrolled: desk.configuration.keepsTotpSecret(name),
    brokerLock: sandbox && brokerLock(sandbox, name),
  };
  try {
    const { environment, state, generation, expiresAt, obtainedBy, blockedBy, clockOffsetMs } = await auth.status(name);
    // Somebody else's login: one more look-up makes it ours as well.
    if (state === "logged_in" && obtainedBy === undefined) {
      const session = await auth.session(name);
      log.setIssued(name, session.generation, session.issuedAt);
    }
    const span = log.span(name, generation);
    const { trouble, waitsUntil } = log.account(name);
    return {
      ...facts,
      environment,
      state,
      renewable: state === "expired" && provider?.renew !== undefined,
      session: generation === 0 ? 0 : log.sessionNumber(name, generation),
      obtained: span && { by: span.by, who: span.who, from: span.from, sharedWith: span.sharedWith },
      expiresAt,
      blockedBy,
      clockOffsetMs,
      trouble: trouble && shown(trouble),
      waitsUntil,
    };
  } catch (error) {
    const trouble = isBrokerAuthError(error) ? shown(failure(error)) : unreadable;
    return { ...facts, environment: "", state: "unknown", renewable: false, session: 0, trouble };
  }
}

function shown(trouble: FailureReport): FailureReport {
  return { ...trouble, action: personAction(trouble) };
}
