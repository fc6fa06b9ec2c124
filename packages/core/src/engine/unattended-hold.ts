import type { AccountRecord } from "../record/account-record.ts";
import type { ConfiguredFactors } from "../record/attempt-ledger.ts";
import { evictionHold } from "./eviction.ts";
import { automaticHold, type LoginHold } from "../record/login-hold.ts";
import { mintingHold } from "./minting-limit.ts";

/**
 * Why no login is tried without a person now; undefined when one may.
 * @param now the broker's time, see `BrokerClock.moment`
 */
export function unattendedHold(
  record: AccountRecord,
  configured: ConfiguredFactors,
  now: number,
): LoginHold | undefined {
  return automaticHold(record.ledger, configured, now) ?? evictionHold(record, now) ?? mintingHold(record, now);
}
