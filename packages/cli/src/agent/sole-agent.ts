import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

// A connection that nobody refers to is closed by the garbage collector, and its lock is gone.
const held = new Set<DatabaseSync>();

/**
 * Makes this process the only agent of its folder, or gives undefined where there is one. The kernel frees the lock when its holder dies, so there is
 * no file that outlives an agent and keeps the next one out.
 */
export function becomeSoleAgent(lock: string): { release(): void } | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lock);
    chmodSync(lock, 0o600);
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if ((error as { errcode?: unknown }).errcode === 5) return undefined;
    throw error;
  }
  const lockFile = database;
  held.add(lockFile);
  return {
    release() {
      held.delete(lockFile);
      // The file stays: taken away, it could be one that the next agent has opened already, and a third one would make another.
      lockFile.close();
    },
  };
}
