// One listener for a signal, however many wait with it: the platform walks its list at every registration. Most have one waiter alone, which is
// the listener itself.
const waits = new WeakMap<AbortSignal, End | SharedWait>();

type End = () => void;

interface SharedWait {
  readonly ends: Set<End>;
  readonly fired: End;
}

/**
 * Waits for work until a signal fires, and rejects then. A fetch that wraps its input may lose the signal on the way, and Node one that nobody
 * holds.
 * @param why the error of an ended wait; default: the signal's reason
 */
export function withinSignal<Result>(
  signal: AbortSignal | undefined,
  work: Promise<Result>,
  why?: () => unknown,
): Promise<Result> {
  // A stampede pays for every step ten thousand times: no listener without a signal, and with one neither a race nor a second controller.
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const end: End = () => reject(why === undefined ? signal.reason : why());
    const settled = (settle: () => void): void => {
      forget(signal, end);
      settle();
    };
    work.then(
      (result) => settled(() => resolve(result)),
      (error: unknown) => settled(() => reject(error)),
    );
    if (signal.aborted) end();
    else remember(signal, end);
  });
}

function remember(signal: AbortSignal, end: End): void {
  const known = waits.get(signal);
  if (known === undefined) {
    waits.set(signal, end);
    signal.addEventListener("abort", end, { once: true });
  } else if (typeof known === "function") {
    signal.removeEventListener("abort", known);
    const ends = new Set([known, end]);
    const fired = (): void => {
      waits.delete(signal);
      for (const each of ends) each();
    };
    waits.set(signal, { ends, fired });
    signal.addEventListener("abort", fired, { once: true });
  } else known.ends.add(end);
}

function forget(signal: AbortSignal, end: End): void {
  const known = waits.get(signal);
  if (known === undefined || known === end) {
    waits.delete(signal);
    signal.removeEventListener("abort", end);
  } else if (typeof known === "object") {
    known.ends.delete(end);
    if (known.ends.size > 0) return;
    waits.delete(signal);
    signal.removeEventListener("abort", known.fired);
  }
}
