import { BrokerAuthError } from "./broker-auth-error.ts";

/** Waits for shared work until the caller's own signal ends the wait. The work goes on for the others. */
export async function abortable<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  // Listeners are dear in a stampede: only callers with a signal pay for one.
  if (signal === undefined) return work;
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new BrokerAuthError("aborted", "the caller's signal ended the wait"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    settled.abort();
  }
}
