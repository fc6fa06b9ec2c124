import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Attempt, ProviderContext } from "../contract/provider-context.ts";
import { Secret } from "../contract/secret.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";

export interface TestContext extends ProviderContext {
  readonly clock: FakeClock;
  /** Every attempt that was spent, in order. */
  readonly spent: readonly Attempt[];
}

export interface TestContextOptions {
  readonly fetch?: typeof fetch;
  readonly clock?: FakeClock;
  /** Default `device-0001`. */
  readonly deviceId?: string;
  readonly lastTotpStep?: number;
  readonly signal?: AbortSignal;
  /** Default false. */
  readonly attended?: boolean;
  /** Decides about an attempt before it is written down; throw to refuse it. */
  readonly recordAttempt?: (attempt: Attempt) => void | Promise<void>;
}

/** What the engine would lend a provider, with a fake clock and a log of what was spent. */
export function testContext(options: TestContextOptions = {}): TestContext {
  const clock = options.clock ?? fakeClock();
  const spent: Attempt[] = [];
  let lastTotpStep = options.lastTotpStep ?? -1;
  return {
    fetch: options.fetch ?? globalThis.fetch,
    now: () => clock.now(),
    knowTime: async () => undefined,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    askSource: async (source) => source(),
    signal: options.signal,
    attended: options.attended ?? false,
    deviceId: new Secret(options.deviceId ?? "device-0001"),
    get lastTotpStep() {
      return lastTotpStep;
    },
    async recordAttempt(attempt) {
      await options.recordAttempt?.(attempt);
      if (attempt.totpStep !== undefined && attempt.totpStep <= lastTotpStep) {
        throw new BrokerAuthError("needs_input", "a code of this TOTP time step was used already; nothing was sent", {
          challenge: "totp",
        });
      }
      if (attempt.totpStep !== undefined) lastTotpStep = attempt.totpStep;
      // What the code is, is looked at on the wire.
      const { code: _, ...noted } = attempt;
      spent.push(noted);
    },
    clock,
    spent,
  };
}
