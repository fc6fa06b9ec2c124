import type { ProviderBench } from "./bench.ts";
import { type Login, logIn, type Way, waysOf } from "./login.ts";
import { watch, type Witness, type WitnessOptions } from "./witness.ts";

/** How an account comes to a session: each way to log in, and the renewal of a session that its owner's configuration logged in to. */
export type Route = Way | "renew";

export interface Trip {
  /** Of the route alone, and not of the login before a renewal. */
  readonly witness: Witness;
  readonly run: () => Promise<Login>;
}

export function routesOf(bench: ProviderBench): readonly Route[] {
  return [...waysOf(bench), ...(bench.provider.renew === undefined ? [] : (["renew"] as const))];
}

/** Goes as far as the route begins. Undefined: the session has no renewal beside it. */
export async function setOut(
  bench: ProviderBench,
  route: Route,
  options: WitnessOptions = {},
): Promise<Trip | undefined> {
  if (route !== "renew") {
    const witness = watch(bench, options);
    return { witness, run: () => logIn(bench, witness.context, { way: route }) };
  }
  const { context } = watch(bench);
  const { renewal } = await logIn(bench, context);
  if (renewal === undefined) return undefined;
  const witness = watch(bench, { ...options, lastTotpStep: context.lastTotpStep });
  return { witness, run: () => logIn(bench, witness.context, { renewal }) };
}
