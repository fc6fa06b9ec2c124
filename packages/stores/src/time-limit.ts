/** Waits for work at most so many milliseconds. What it comes to after that is dropped. @param late the error that tells of it */
export function withinTime<Result>(work: () => Promise<Result>, ms: number, late: () => Error): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    // No race of promises: every call of a store passes here.
    const settle = async (): Promise<void> => {
      try {
        resolve(await work());
      } catch (error) {
        reject(error);
      } finally {
        clearTimeout(timer);
      }
    };
    void settle();
  });
}
