import type { AccountContext } from "./account-context.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import type { BrokerClock } from "./broker-clock.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { HeldSession } from "./held-session.ts";
import { newestBar, totpPeriodMs } from "../adapter-kit/totp-steps.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import { Secret } from "../contract/secret.ts";

/** The parts of an account that such a call is made with. */
export interface ReadingParts {
  readonly context: AccountContext;
  readonly repository: AccountRepository;
  readonly clock: BrokerClock;
  readonly held: HeldSession;
}

/** What the provider is given for a call that spends nothing: probe, socket, network, the broker's time. */
export function readContext({ context, clock, held }: ReadingParts, record: AccountRecord): ProviderContext {
  const { platform, closed } = context;
  return {
    fetch: clock.listening(platform.fetch),
    now: () => held.now(),
    knowTime: async () => undefined,
    sleep: (ms, signal) => platform.sleep(ms, signal),
    askSource: async (source) => source(),
    attended: false,
    signal: closed,
    deviceId: new Secret(record.deviceId),
    lastTotpStep: newestBar(record.ledger.totp, { present: Math.floor(held.now() / totpPeriodMs), measured: false }),
    recordAttempt: async (attempt) => {
      throw new BrokerAuthError("protocol_error", `${attempt.step}: a call that spends a factor must run as a login`);
    },
  };
}

/** Runs one of the provider's calls that spend nothing. */
export async function ask<Result>(
  parts: ReadingParts,
  call: (context: ProviderContext) => Promise<Result>,
): Promise<Result> {
  const { context, repository } = parts;
  const record = await context.settled(repository.open());
  return context.settled(call(readContext(parts, record)));
}
