/** The processes of the strategy. */
export type JobName = "momentum" | "positions" | "risk";

export const jobNames: readonly JobName[] = ["momentum", "positions", "risk"];
