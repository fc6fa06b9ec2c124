import { type DeskAccounts, unattendedAccounts } from "./engine.ts";
import type { StrategyJob } from "./strategy.ts";

/** The processes of the strategy. The sessions are shared. */
export const jobNames = ["momentum", "positions", "risk"] as const;
export type JobName = (typeof jobNames)[number];

/** Who does what. */
export const jobs: Readonly<Record<JobName, (configuration: DeskAccounts) => StrategyJob>> = {
  /** Trades at whatever account "trading" stands for. It does not know which broker that is. */
  momentum: ({ use }) => ({ reads: Object.keys(use), trades: Object.keys(use) }),
  /** Keeps positions at the second account, where there is one. */
  positions: (configuration) => ({ reads: unattendedAccounts(configuration).slice(0, 2).slice(-1), trades: [] }),
  /** Watches every account that has a session, or gets one without a person. */
  risk: ({ accounts }) => ({ reads: Object.keys(accounts), trades: [] }),
};
