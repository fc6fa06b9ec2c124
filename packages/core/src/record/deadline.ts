/**
 * Waits for work at most so many milliseconds of real time: the injected clock may stand still. What the work comes to after that is dropped.
 * @param late the error that tells of it
 * @param over ends the wait at once, in the same way: nothing keeps the program alive for work that nobody waits for any more, and none is begun
 */
export function withinTime<Result>(
  work: () => Result | PromiseLike<Result>,
  ms: number,
  late: () => unknown,
  over?: AbortSignal,
): Promise<Result> {
  if (over?.aborted) return Promise.reject(late());
  return new Promise((resolve, reject) => {
    const end = (): void => {
      settled();
      reject(late());
    };
    const timer = setTimeout(end, ms);
    const settled = (): void => {
      clearTimeout(timer);
      over?.removeEventListener("abort", end);
    };
    over?.addEventListener("abort", end);
    // In a promise of its own, so that what is thrown at once is a rejection too.
    new Promise<Result>((begin) => begin(work())).then(resolve, reject).finally(settled);
  });
}
