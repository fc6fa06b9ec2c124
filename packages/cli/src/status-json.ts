import type { AccountStatus } from "@x/core";
import type { Desk } from "./desk.ts";

/** An account's status as `--json` and the agent tell it. */
export function jsonStatus({ configuration: { use } }: Desk, one: AccountStatus): Readonly<Record<string, unknown>> {
  const { account, broker, environment, state, generation, blockedBy, attemptsLeft, clockOffsetMs } = one;
  return {
    account,
    aliases: Object.keys(use).filter((alias) => use[alias] === account),
    broker,
    environment,
    state,
    expiresAt: time(one.expiresAt),
    generation,
    mintedBy: one.mintedBy,
    blockedBy,
    blockedSince: time(one.blockedSince),
    blockedUntil: time(one.blockedUntil),
    attemptsLeft,
    clockOffsetMs,
  };
}

function time(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
