import type { ProviderTestEnvironment } from "./test-environment.ts";
import { type Login, logIn, type Way, waysOf } from "./login.ts";
import { watch, type Witness, type WitnessOptions } from "./witness.ts";

/** How an account comes to a session: each way to log in, and the renewal of a session that its owner's configuration logged in to. */
export type Route = Way | "renew";

export interface Trip {
  /** Of the route alone, and not of the login before a renewal. */
  readonly witness: Witness;
  readonly run: () => Promise<Login>;
}

export function routesOf(test: ProviderTestEnvironment): readonly Route[] {
  return [...waysOf(test), ...(test.provider.renew === undefined ? [] : (["renew"] as const))];
}

/** Goes as far as the route begins. Undefined: the session has no renewal beside it. */
export async function setOut(
  test: ProviderTestEnvironment,
  route: Route,
  options: WitnessOptions = {},
): Promise<Trip | undefined> {
  if (route !== "renew") {
    const witness = watch(test, options);
    return { witness, run: () => logIn(test, witness.context, { way: route }) };
  }
  const { context } = watch(test);
  const { renewal } = await logIn(test, context);
  if (renewal === undefined) return undefined;
  const witness = watch(test, { ...options, lastTotpStep: context.lastTotpStep });
  return { witness, run: () => logIn(test, witness.context, { renewal }) };
}
