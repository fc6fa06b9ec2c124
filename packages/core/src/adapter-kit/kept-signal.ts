const givers = new WeakMap<ReadableStream, readonly unknown[]>();

/**
 * Keeps what a signal came with as long as the body of the answer: once a Request is collected, its signal ends nothing any more, and a body that
 * hangs would hang for ever. Under the answer itself it would be lost with it, while the body is still read.
 */
export function keepWithBody({ body }: Response, given: readonly unknown[]): void {
  if (body !== null) givers.set(body, given);
}
