import { callAccount, failure } from "./account-call.ts";
import { eventText } from "./event-text.ts";
import { readHoldings } from "./portfolio.ts";
import { renderFailure, renderMoment } from "./screen.ts";
import type { DeskAuth } from "./strategy/engine.ts";

export interface WatchOptions {
  /** Holdings are read through these. */
  readonly aliases: readonly string[];
  readonly print: (lines: string) => void;
  /** Waits for the next round. Rejects, or resolves, when the demo is over. */
  readonly pause: () => Promise<void>;
  readonly ended: AbortSignal;
}

/** Goes on calling with every session, round by round, and prints what changes: answers, sessions, refusals. */
export async function watch(auth: DeskAuth, { aliases, print, pause, ended }: WatchOptions): Promise<void> {
  const last = new Map<string, string>();
  const stop = auth.on((event) => {
    // The call that failed because of it tells more, and tells it once.
    if (event.type !== "failed") print(renderMoment(event.at, event.account, eventText(event)));
  });
  try {
    while (!ended.aborted) {
      const round = [
        ...auth.accounts.map(async (account) => [account, await accountState(auth, account)] as const),
        ...aliases.map(async (alias) => [alias, await aliasState(auth, alias)] as const),
      ];
      for (const [name, state] of await Promise.all(round)) {
        if (last.get(name) === state || ended.aborted) continue;
        last.set(name, state);
        print(renderMoment(Date.now(), name, state));
      }
      await pause().catch(() => undefined);
    }
  } finally {
    stop();
  }
}

async function accountState(auth: DeskAuth, account: string): Promise<string> {
  const { method, path, status, error } = await callAccount(auth, account);
  return error === undefined ? `${method} ${path} ${status}` : renderFailure(error);
}

// The part of a program that does not know its broker: the alias decides.
async function aliasState(auth: DeskAuth, alias: string): Promise<string> {
  try {
    const holdings = await readHoldings(auth, alias);
    if (holdings.length === 0) return "no holdings";
    return holdings.map(({ symbol, quantity }) => `${quantity} ${symbol}`).join(", ");
  } catch (error) {
    return renderFailure(failure(error));
  }
}
