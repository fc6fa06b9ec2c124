import { acceptEnrolment, type AttemptLedger, type ConfiguredFactors } from "../record/attempt-ledger.ts";
import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { AccountTurn } from "./account-turn.ts";
import { adapterError } from "../errors/adapter-error.ts";
import { AttemptRun } from "./attempt-run.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { credentialPrints } from "../record/credential-prints.ts";
import { interactiveHoldError } from "../record/login-hold.ts";
import { prepareRun } from "./login-preparation.ts";
import type { ProviderContext } from "../contract/provider-context.ts";

/** Runs a call that spends factors outside a login, under the account's lock and ledger. A program may have asked for it. */
export async function runEnrolment(
  parts: AccountParts,
  record: AccountRecord,
  turn: AccountTurn,
  call: (context: ProviderContext) => Promise<void>,
): Promise<void> {
  const { clock } = parts;
  const run = await prepareRun(parts, record, turn, false, (now, configured) =>
    enrolmentHold(now.ledger, configured, clock.moment(now.clock)),
  );
  const attempts = new AttemptRun({ ...run, enrolment: true });
  try {
    await call(attempts.context);
    await attempts.save((now) => ({ ...now, ledger: acceptEnrolment(now.ledger) }));
  } catch (error) {
    throw await attempts.fail(adapterError(error));
  }
}

/** Refuses an enrolment that the record does not allow now, before the broker is asked for anything. Nothing is written. */
export async function requireEnrolment({ context, repository, clock }: AccountParts): Promise<void> {
  const record = await context.settled(repository.read());
  if (record === undefined) return;
  const { configured } = await credentialPrints(context.identify().factors, record.fingerprintKey);
  const held = enrolmentHold(record.ledger, configured, clock.moment(record.clock));
  if (held !== undefined) throw context.named(held);
}

// The MPIN is sent with nobody asked for it, and the codes are of a new secret.
function enrolmentHold(ledger: AttemptLedger, { mpin }: ConfiguredFactors, now: number): BrokerAuthError | undefined {
  const configured = mpin === undefined ? {} : { mpin };
  return interactiveHoldError(ledger, configured, { unasked: true, begins: true, sourced: false }, now);
}
