/**
 * Waits for work at most so many milliseconds of real time: the injected clock may stand still. What the work comes to after that is dropped.
 * @param late the error that tells of it
 */
export function withinTime<Result>(
  work: () => Result | PromiseLike<Result>,
  ms: number,
  late: () => unknown,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    // In a promise of its own, so that what is thrown at once is a rejection too.
    new Promise<Result>((begin) => begin(work())).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
