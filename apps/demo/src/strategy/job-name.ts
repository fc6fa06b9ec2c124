/** The processes of the strategy. */
export type JobName = "momentum" | "hedge" | "risk";

export const jobNames: readonly JobName[] = ["momentum", "hedge", "risk"];
