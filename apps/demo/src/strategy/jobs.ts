import type { Configuration } from "@x/config";
import type { DemoProvider } from "../demo-configuration.ts";
import { unattendedAccounts } from "./engine.ts";
import type { StrategyJob } from "./strategy.ts";

/** The processes of the strategy. The sessions are shared. */
export type JobName = "momentum" | "positions" | "risk";

export const jobNames: readonly JobName[] = ["momentum", "positions", "risk"];

/** Who does what. */
export const jobs: Readonly<Record<JobName, (configuration: Configuration<DemoProvider>) => StrategyJob>> = {
  /** Trades at whatever account "trading" stands for. It does not know which broker that is. */
  momentum: ({ use }) => ({ reads: Object.keys(use), trades: Object.keys(use) }),
  /** Keeps positions at the second account, where there is one. */
  positions: (configuration) => ({ reads: unattendedAccounts(configuration).slice(0, 2).slice(-1), trades: [] }),
  /** Watches every account. */
  risk: (configuration) => ({ reads: unattendedAccounts(configuration), trades: [] }),
};
