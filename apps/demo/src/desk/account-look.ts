import { isBrokerAuthError } from "@x/core";
import { identityOf } from "../strategy/account-identity.ts";
import { type Engine, unattendedAccounts } from "../strategy/engine.ts";
import type { EventLog } from "./event-log.ts";
import type { AccountView, BrokerLockView } from "./desk-view.ts";

export interface AccountLook {
  readonly engine: Engine;
  readonly log: EventLog;
  /** Whether a person has logged the account out. */
  readonly left: (account: string) => boolean;
  /** Whether the account's TOTP secret was enrolled on the page. */
  readonly enrolled: (account: string) => boolean;
  /** In the sandbox: what the broker knows of the account's wrong factors. */
  readonly lock: (account: string) => BrokerLockView | undefined;
}

/** How all accounts stand. Looks into the store and asks no broker. */
export async function lookAtAccounts(look: AccountLook): Promise<readonly AccountView[]> {
  return Promise.all(look.engine.auth.accounts.map(async (name) => lookAt(name, look)));
}

async function lookAt(name: string, { engine, log, left, enrolled, lock }: AccountLook): Promise<AccountView> {
  const { auth, configuration } = engine;
  const { broker } = configuration.accounts[name] ?? { broker: "" };
  const unattended = unattendedAccounts(configuration).includes(name);
  const facts = {
    name,
    broker,
    left: left(name),
    unattended,
    asks: identityOf(configuration, name)?.asks ?? [],
    enrollable: configuration.brokers.some((one) => one.broker === broker && one.enrolment !== undefined),
    enrolled: enrolled(name),
  };
  try {
    const { environment, state, generation, expiresAt, obtainedBy, blockedBy, clockOffsetMs } = await auth.status(name);
    // Somebody else's login: one more look-up makes it ours as well.
    if (state === "logged_in" && obtainedBy === undefined) {
      const session = await auth.session(name);
      log.setIssued(name, session.generation, session.issuedAt);
    }
    const span = log.span(name);
    const own = span?.generation === generation ? span : undefined;
    const trouble = log.trouble(name);
    const waitsUntil = log.waitsUntil(name);
    const brokerLock = lock(name);
    return {
      ...facts,
      environment,
      state,
      session: generation === 0 ? 0 : log.sessionNumber(name, generation),
      sharedWith: own?.sharedWith ?? [],
      ...(own === undefined ? {} : { obtained: { by: own.by, who: own.who, at: own.from } }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(blockedBy === undefined ? {} : { blockedBy }),
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
      ...(trouble === undefined ? {} : { trouble }),
      ...(waitsUntil === undefined ? {} : { waitsUntil }),
      ...(brokerLock === undefined ? {} : { brokerLock }),
    };
  } catch (error) {
    const { code, message, action } = isBrokerAuthError(error)
      ? error
      : { code: "unexpected", message: "the account could not be read", action: "Look at the server's output." };
    return {
      ...facts,
      environment: "",
      state: "unknown",
      session: 0,
      sharedWith: [],
      trouble: { code, message, action },
    };
  }
}
