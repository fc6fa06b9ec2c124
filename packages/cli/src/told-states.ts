import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheDirectory } from "./cache-directory.ts";
import type { Desk } from "./desk.ts";
import { readPrivately, writePrivately } from "./private-file.ts";

/** Why an account has no session: the same as long as nothing has changed, whatever each single try is told. */
export interface FailedState {
  readonly reason: string;
  /** Since when it is held up, epoch milliseconds. */
  readonly since?: number | undefined;
}

// The record tells a moment by the broker's clock, which is known to a second or two.
const sameMomentMs = 5000;

/**
 * How an account stands after a login has failed, by its record: the refusal that blocks it and the tries after it that were not even sent are one
 * state, and a session that was there meanwhile makes another one.
 */
export async function failedState({ auth }: Desk, account: string, code: string): Promise<FailedState> {
  try {
    const { generation, blockedBy, blockedSince, blockedUntil } = await auth.status(account);
    if (blockedBy === undefined) return { reason: `${generation} ${code}` };
    // Each try after a pause begins the next one.
    if (blockedUntil !== undefined) return { reason: `${generation} waits after ${blockedBy}` };
    return { reason: `${generation} blocked by ${blockedBy}`, since: blockedSince };
  } catch {
    return { reason: code };
  }
}

/**
 * What a person was told last of each account by `--notify`. Much of it leaves no trace in the store, because nothing was sent, so it is kept in the
 * user's cache: where that is lost, the next failure is told once more.
 */
export class ToldStates {
  readonly #file: string | undefined;

  constructor(configurationPath: string, folder: string | undefined = cacheDirectory()) {
    const name = createHash("sha256").update(configurationPath).digest("base64url").slice(0, 16);
    this.#file = folder === undefined ? undefined : join(folder, `told-${name}.json`);
  }

  /** Whether nobody was told of this state yet; from now on it counts as told. */
  isNews(account: string, state: FailedState): boolean {
    const told = this.#read();
    const before = told.get(account);
    if (before?.reason === state.reason && Math.abs((before.since ?? 0) - (state.since ?? 0)) < sameMomentMs)
      return false;
    this.#write(told.set(account, state));
    return true;
  }

  /** The account's state has changed. */
  forget(account: string): void {
    const told = this.#read();
    if (told.delete(account)) this.#write(told);
  }

  #read(): Map<string, FailedState> {
    try {
      const kept = JSON.parse(readPrivately(this.#file ?? "")) as Readonly<Record<string, FailedState>>;
      return new Map(Object.entries(kept));
    } catch {
      return new Map();
    }
  }

  #write(told: ReadonlyMap<string, FailedState>): void {
    if (this.#file === undefined) return;
    try {
      writePrivately(this.#file, JSON.stringify(Object.fromEntries(told)));
    } catch {
      // Told once more.
    }
  }
}
