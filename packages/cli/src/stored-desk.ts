import { createHash } from "node:crypto";
import { loadConfig } from "@x/config";
import type { TokenStore } from "@x/core";
import { type AccountSession, storedSession } from "@x/core/stored-session";
import { localStore } from "@x/stores/local";
import type { SessionDesk } from "./authorization.ts";
import { brokers } from "./brokers.ts";
import { CheckedRecordNotes } from "./checked-records.ts";
import { ConfigurationCache } from "./configuration-cache.ts";
import type { CommonOptions } from "./desk.ts";
import { trustedConfiguration } from "./trusted-configuration.ts";

/**
 * Works on sessions that the user's own store holds already, without loading the engine, whose start takes longer than the answer. Nothing is sent
 * or written. Undefined wherever that is not enough, or anything is wrong: then the whole desk does the work, and tells what there is to tell.
 */
export async function withStoredSessions<Result>(
  { config }: CommonOptions,
  work: (desk: SessionDesk) => Promise<Result>,
): Promise<Result | undefined> {
  let store: TokenStore | undefined;
  try {
    const path = trustedConfiguration(config);
    const known = new ConfigurationCache(path);
    const configuration = await loadConfig(path, {
      brokers,
      known: { find: (text) => known.find(text) ?? notEnough(), keep: () => undefined },
    });
    if (configuration.store !== undefined) return undefined;
    const opened = (store = localStore());
    const checked = new CheckedRecordNotes();
    const session = async (account: string): Promise<AccountSession> =>
      (await storedSession({ ...configuration, store: opened, account, sha256, now: Date.now, checked })) ??
      notEnough();
    const status = async (account: string): Promise<{ readonly state: "logged_in" }> => {
      await session(account);
      return { state: "logged_in" };
    };
    return await work({ configuration, auth: { session, status } });
  } catch {
    return undefined;
  } finally {
    await store?.close().catch(() => undefined);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function notEnough(): never {
  throw new Error("the engine is needed");
}
