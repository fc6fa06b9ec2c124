import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BrokerAuthError } from "@x/core";

// SQLITE_BUSY: https://sqlite.org/rescode.html#busy
const busy = 5;

// A connection that nobody refers to is closed by the garbage collector, and its lock is gone: what is locked stays so until it is released.
const held = new Set<DatabaseSync>();

/**
 * Says that a run has a folder, until the returned function is called: a write transaction on a small database of its own, in which nothing is ever
 * written. The kernel ends it with its process, however that ends, so nothing has to be tidied up after a kill.
 * @throws BrokerAuthError `configuration` while another run has the folder
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, "run.lock"));
  try {
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { readonly errcode?: number }).errcode !== busy) throw error;
    const message = `--data: ${folder} is in use by another run; end that one, or give another folder`;
    throw new BrokerAuthError("configuration", message, { field: "--data" });
  }
  held.add(database);
  return () => {
    held.delete(database);
    database.close();
  };
}
