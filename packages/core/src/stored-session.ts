// For commands that are started for one answer: the session that a store holds, without an engine.
export { type CheckedRecords, storedSession, type StoredSessionOptions } from "./engine/stored-session.ts";
export type { AccountSession } from "./engine/account-session.ts";
