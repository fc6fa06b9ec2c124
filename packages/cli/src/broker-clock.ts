import { BrokerAuthError, secret } from "@x/core";
import { credentialsOf, providerOf } from "./configured-account.ts";
import type { Desk } from "./desk.ts";

const limitMs = 10_000;

/**
 * The broker's clock minus this computer's, in milliseconds, by a harmless call without credentials. Undefined where the broker has no such call.
 * @throws BrokerAuthError `broker_unavailable`
 */
export async function brokerClockOffset(desk: Desk, account: string): Promise<number | undefined> {
  const provider = providerOf(desk, account);
  if (provider.serverTime === undefined) return undefined;
  const asked = Date.now();
  const told = await provider.serverTime(credentialsOf(desk, account), {
    fetch: globalThis.fetch,
    now: Date.now,
    knowTime: async () => undefined,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    askSource: spends,
    signal: AbortSignal.timeout(limitMs),
    attended: true,
    deviceId: secret("clock"),
    lastTotpStep: -1,
    recordAttempt: spends,
  });
  return told - (asked + Date.now()) / 2;
}

async function spends(): Promise<never> {
  throw new BrokerAuthError("configuration", "asking for the time must spend no factor");
}
