import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { AccountTurn } from "./account-turn.ts";
import type { ConfiguredFactors } from "../record/attempt-ledger.ts";
import type { AttemptRunOptions } from "./attempt-run.ts";
import { withoutAnswer } from "./broker-clock.ts";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { credentialPrints } from "../record/credential-prints.ts";
import { isKnownReadable } from "../adapter-kit/readable-answer.ts";
import { overtaken } from "./overtaken.ts";
import { readContext } from "./read-context.ts";
import { recoverAttempt } from "../record/attempt-settlement.ts";
import { requireCheckedTls } from "../adapter-kit/unchecked-tls.ts";

/** Why a run may not begin, or not go on after it has waited. */
export type Hold = (record: AccountRecord, configured: ConfiguredFactors) => BrokerAuthError | undefined;

/** What a run of the provider's steps begins with: fingerprints of what is configured, and an attempt that a dead process left open counted in. */
export async function prepareRun(
  parts: AccountParts,
  found: AccountRecord,
  turn: AccountTurn,
  automatic: boolean,
  hold: Hold = () => undefined,
): Promise<AttemptRunOptions> {
  const { context, repository, clock } = parts;
  const { environment, provider, platform, closed } = context;
  // The sandbox is on this machine, where certificates say nothing.
  if (environment !== "sandbox") requireCheckedTls({ broker: provider.broker });
  const prints = await credentialPrints(context.identify().factors, found.fingerprintKey);
  const resume = async (record: AccountRecord): Promise<AccountRecord> => {
    if (record.generation !== found.generation || record.fingerprintKey !== found.fingerprintKey) throw overtaken(true);
    const ready = await recovered(parts, record);
    const held = hold(ready, prints.configured);
    if (held !== undefined) throw held;
    return ready;
  };
  return {
    repository,
    platform,
    signal: closed,
    record: await resume(found),
    ...prints,
    automatic,
    firstWaits: environment !== "sandbox",
    clock,
    askTime: (record) => askTime(parts, record),
    tellsTime: provider.serverTime !== undefined,
    turn,
    waiting: (reason, until) => context.emit({ type: "waiting", for: reason, until }),
    resume,
    hold: (record) => hold(record, prints.configured),
  };
}

/** The record with an attempt that a dead process left open counted in. */
export function recovered({ context, repository }: AccountParts, found: AccountRecord): Promise<AccountRecord> {
  const random = context.platform.random();
  return repository.update((now) => {
    const { open } = now.ledger;
    // The lock was lost, and the record was read anew: an attempt of somebody who lives is not counted as one of the dead, and a login now
    // would end the session that came meanwhile.
    const foreign = open !== undefined && open.owner !== found.ledger.open?.owner;
    if (foreign || now.generation !== found.generation) throw overtaken();
    return open === undefined ? now : { ...now, ledger: recoverAttempt(now.ledger, random) };
  }, found);
}

/**
 * A fetch of the user's own whose answers cannot be read would spend a factor and not show what came of it: something harmless is asked first.
 * @throws BrokerAuthError where no answer came that can be read
 */
export async function requireReadableAnswers(parts: AccountParts, record: AccountRecord): Promise<void> {
  const { provider, credentials, platform } = parts.context;
  const textsFirst = parts.context.identify().asks[0] === "otp" && record.renewal === undefined;
  if (textsFirst || provider.serverTime === undefined || isKnownReadable(platform.fetch)) return;
  try {
    await provider.serverTime(credentials, readContext(parts, record));
  } catch (error) {
    const ending = withoutAnswer(error);
    if (ending !== undefined) throw ending;
  }
}

async function askTime(parts: AccountParts, record: AccountRecord): Promise<void> {
  const { provider, credentials } = parts.context;
  if (provider.serverTime === undefined) return;
  await parts.clock.ask(record.clock, async () => provider.serverTime!(credentials, readContext(parts, record)));
}
