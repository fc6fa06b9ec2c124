import type { Io } from "../../src/contract/io.ts";
import type { LoginStep } from "../../src/contract/login-step.ts";
import type { FullToy } from "../full-toy.ts";
import type { Spoil } from "../toy-bench.ts";
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

/** The toy with another Io between it and the one that it is lent. */
export function lending(toy: FullToy, change: (io: Io, account: ToyCredentials) => Partial<Io>): Partial<FullToy> {
  const through = (io: Io, account: ToyCredentials): Io =>
    Object.create(io, Object.getOwnPropertyDescriptors(change(io, account))) as Io;
  return {
    begin: (account, io) => toy.begin(account, through(io, account)),
    answer: (pending, answer, account, io) => toy.answer(pending, answer, account, through(io, account)),
    renew: async (renewal, account, io) => toy.renew!(renewal, account, through(io, account)),
    probe: async (session, account, io) => toy.probe!(session, account, through(io, account)),
    revoke: async (session, account, io) => toy.revoke!(session, account, through(io, account)),
    serverTime: async (account, io) => toy.serverTime!(account, through(io, account)),
    socket: async (session, account, purpose, io) => toy.socket!(session, account, purpose, through(io, account)),
  };
}

/** The toy with its login steps changed on their way out. */
export function stepping(
  toy: FullToy,
  change: (step: ToyStep, account: ToyCredentials, typed: string | undefined, io: Io) => ToyStep,
): Partial<FullToy> {
  return {
    begin: async (account, io) => change(await toy.begin(account, io), account, undefined, io),
    async answer(pending, answer, account, io) {
      const typed = answer.kind === "resend" ? undefined : answer.value;
      return change(await toy.answer(pending, answer, account, io), account, typed, io);
    },
    renew: async (renewal, account, io) => change(await toy.renew!(renewal, account, io), account, undefined, io),
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
  change: (pending: ToyChallenge["pending"], account: ToyCredentials, io: Io) => ToyChallenge["pending"],
): Partial<FullToy> {
  return { answer: (pending, answer, account, io) => toy.answer(change(pending, account, io), answer, account, io) };
}
