import type { ProviderContext } from "../../src/contract/provider-context.ts";
import type { LoginStep } from "../../src/contract/login-step.ts";
import type { FullToy } from "../full-toy.ts";
import type { Spoil } from "../toy-environment.ts";
import type { ToyCredentials, ToyTokens } from "../toy-adapter.ts";

/** An adapter with one thing wrong, and the rules of the kit that it breaks. */
export interface BrokenToy {
  /** Goes on after "an adapter that". */
  readonly what: string;
  readonly spoil: Spoil;
  /** How the titles of all rules that it fails begin, in the kit's order. */
  readonly fails: readonly string[];
}

export type ToyStep = LoginStep<ToyTokens>;
export type ToySession = Extract<ToyStep, { kind: "session" }>;
export type ToyChallenge = Extract<ToyStep, { kind: "challenge" }>;

/** The address that a fetch is called with. */
export function addressOf(input: string | URL | Request): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}

/** The toy with another ProviderContext between it and the one that it is lent. */
export function lending(
  toy: FullToy,
  change: (context: ProviderContext, account: ToyCredentials) => Partial<ProviderContext>,
): Partial<FullToy> {
  const through = (context: ProviderContext, account: ToyCredentials): ProviderContext =>
    Object.create(context, Object.getOwnPropertyDescriptors(change(context, account))) as ProviderContext;
  return {
    begin: (account, context) => toy.begin(account, through(context, account)),
    answer: (pending, answer, account, context) => toy.answer(pending, answer, account, through(context, account)),
    renew: async (renewal, account, context) => toy.renew!(renewal, account, through(context, account)),
    probe: async (session, account, context) => toy.probe!(session, account, through(context, account)),
    revoke: async (session, account, context) => toy.revoke!(session, account, through(context, account)),
    serverTime: async (account, context) => toy.serverTime!(account, through(context, account)),
    socket: async (session, account, purpose, context) =>
      toy.socket!(session, account, purpose, through(context, account)),
  };
}

/** The toy with its login steps changed on their way out. */
export function stepping(
  toy: FullToy,
  change: (step: ToyStep, account: ToyCredentials, typed: string | undefined, context: ProviderContext) => ToyStep,
): Partial<FullToy> {
  return {
    begin: async (account, context) => change(await toy.begin(account, context), account, undefined, context),
    async answer(pending, answer, account, context) {
      const typed = answer.kind === "resend" ? undefined : answer.value;
      return change(await toy.answer(pending, answer, account, context), account, typed, context);
    },
    renew: async (renewal, account, context) =>
      change(await toy.renew!(renewal, account, context), account, undefined, context),
  };
}

/** The toy with its sessions changed on their way out. */
export function minting(
  toy: FullToy,
  change: (session: ToySession["session"]) => ToySession["session"],
): Partial<FullToy> {
  return stepping(toy, (step) => (step.kind === "session" ? { ...step, session: change(step.session) } : step));
}

/** The toy with what it is given to go on with changed on its way in. */
export function resuming(
  toy: FullToy,
  change: (
    pending: ToyChallenge["pending"],
    account: ToyCredentials,
    context: ProviderContext,
  ) => ToyChallenge["pending"],
): Partial<FullToy> {
  return {
    answer: (pending, answer, account, context) =>
      toy.answer(change(pending, account, context), answer, account, context),
  };
}
