import type { AccountRepository } from "../record/account-repository.ts";
import { overtaken } from "./overtaken.ts";

// How often it is looked whether the wait still makes sense: the header of a record is a few bytes.
const lookMs = 1_000;

/**
 * A wait for a time of one's own, such as a TOTP step or midnight, which ends early where another program brings a session meanwhile.
 * @param began the session that the record held when the wait began
 * @param wait is given a signal that fires when it is over
 * @throws BrokerAuthError `store_busy` where another program came first; the login may begin again from the record as it is then
 */
export async function unlessOvertaken<Result>(
  repository: AccountRepository,
  began: number,
  wait: (over: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const newer = new Promise<never>((_, reject) => {
    const look = async (): Promise<void> => {
      const generation = await repository.generation().catch(() => 0);
      if (over.signal.aborted) return;
      if (generation > began) reject(overtaken(true));
      else timer = setTimeout(look, lookMs);
    };
    timer = setTimeout(look, lookMs);
  });
  try {
    return await Promise.race([wait(over.signal), newer]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
