/** The platform's own fetch, looked up with each use. */
export const defaultFetch: typeof fetch = (input, init) => globalThis.fetch(input, init);

const below = new WeakMap<typeof fetch, typeof fetch>();

/** Notes that one fetch hands what it is given on to another as it is: what holds for that one holds for it. */
export function handsOn(outer: typeof fetch, inner: typeof fetch): typeof fetch {
  below.set(outer, inner);
  return outer;
}

/** The fetch that sends in the end. */
export function sendingFetch(given: typeof fetch): typeof fetch {
  return below.get(given) ?? given;
}
