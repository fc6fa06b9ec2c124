import { Interrupted } from "./failure.ts";

/** Rejects with `Interrupted` at Ctrl-C, so that the command can close what it has open. */
export async function interruptible<Result>(work: Promise<Result>): Promise<Result> {
  let interrupt: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interrupted("interrupted"));
    process.once("SIGINT", interrupt);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    if (interrupt !== undefined) process.removeListener("SIGINT", interrupt);
  }
}
