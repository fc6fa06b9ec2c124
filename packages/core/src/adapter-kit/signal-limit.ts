// One listener for a signal, however many wait with it: the platform walks its list at every registration.
const waits = new WeakMap<AbortSignal, SignalWaits>();

interface SignalWaits {
  readonly ends: Set<() => void>;
  readonly fired: () => void;
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
    const end = (): void => reject(why === undefined ? signal.reason : why());
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

function remember(signal: AbortSignal, end: () => void): void {
  const known = waits.get(signal);
  if (known !== undefined) {
    known.ends.add(end);
    return;
  }
  const ends = new Set([end]);
  const fired = (): void => {
    waits.delete(signal);
    for (const each of ends) each();
  };
  waits.set(signal, { ends, fired });
  signal.addEventListener("abort", fired, { once: true });
}

function forget(signal: AbortSignal, end: () => void): void {
  const known = waits.get(signal);
  if (known === undefined || !known.ends.delete(end) || known.ends.size > 0) return;
  waits.delete(signal);
  signal.removeEventListener("abort", known.fired);
}
