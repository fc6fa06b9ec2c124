import { callers } from "./callers.ts";
import type { Proof } from "./proof.ts";
import { restartLoop } from "./restart-loop.ts";

/** All proofs, in the order of the promises. */
export const proofs: readonly Proof[] = [callers, restartLoop];
