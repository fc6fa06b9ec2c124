import type { AccountContext } from "./account-context.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { AccountTurn } from "./account-turn.ts";
import type { HeldSession } from "./held-session.ts";
import { overtaken } from "./overtaken.ts";
import type { Lock } from "../contract/token-store.ts";

/** What the lock is taken for: a login that a person waits for, one that a program makes by itself, or what is over at once. */
export type LockedWork = "login" | "unattended" | "change";

export interface LockedWorkOptions {
  /** Default `change`. */
  readonly kind?: LockedWork;
  /** How often the account had been logged out when the caller's work began. */
  readonly began?: number;
  /** Asked while another program has the lock. False: that one has brought what the work is for, and the lock is not taken. */
  readonly needed?: () => Promise<boolean>;
}

/** The parts of an account that the work under its lock begins with. */
export interface LockingParts {
  readonly context: AccountContext;
  readonly repository: AccountRepository;
  readonly held: HeldSession;
}

/** An account's lock in the store, and the work of this engine that has it or waits for it. */
export class AccountLock {
  readonly #parts: LockingParts;
  #working: Map<Promise<void>, AccountTurn> | undefined;

  constructor(parts: LockingParts) {
    this.#parts = parts;
  }

  /** @throws BrokerAuthError `store_busy` where the lock was not needed any more, and what the work throws */
  async run<Result>(
    work: (record: AccountRecord, turn: AccountTurn) => Promise<Result>,
    { kind = "change", began = this.#parts.held.logouts, needed }: LockedWorkOptions = {},
  ): Promise<Result> {
    const { context, repository, held } = this.#parts;
    const { closed } = context;
    const { slots } = context.engine;
    const requireLogin = (): void => {
      if (held.logouts !== began) throw loggedOut();
    };
    const lock = async (leave?: () => void): Promise<Lock> => {
      let isOver = false;
      const asked = needed && (async () => !(isOver = !(await needed())));
      const busy = (): void => {
        // Who waits for another program's login sends nothing, and most likely adopts what that one brings.
        leave?.();
        if (kind !== "change") context.emit({ type: "waiting", for: "other_login", until: undefined });
      };
      try {
        return await repository.lock(closed, busy, asked);
      } catch (error) {
        throw isOver ? overtaken(true) : error;
      }
    };
    const inSlot = async (): Promise<Lock> => {
      const leave = slots.tryTake() ?? (await slots.take(closed));
      try {
        requireLogin();
        return releasing(await lock(leave), leave);
      } catch (error) {
        leave();
        throw error;
      }
    };
    const working = (this.#working ??= new Map<Promise<void>, AccountTurn>());
    const turn = new AccountTurn(kind === "unattended" ? inSlot : () => lock(), requireLogin);
    const done = repository.during(async () => {
      await turn.begin();
      try {
        // A logout may have had the lock while this waited for it.
        if (kind !== "change") requireLogin();
        return await work(await repository.open(), turn);
      } finally {
        await turn.end();
      }
    });
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    working.set(ended, turn);
    void ended.then(() => this.#forget(ended));
    return done;
  }

  #forget(ended: Promise<void>): void {
    this.#working?.delete(ended);
    // Most accounts wait for their next day with nothing under way.
    if (this.#working?.size === 0) this.#working = undefined;
  }

  /** Some work of this engine waits for something outside, without the lock: others may have come first by now. */
  get waits(): boolean {
    return [...(this.#working?.values() ?? [])].some((turn) => turn.waits);
  }

  /** Resolves when nothing is under way any more that has the lock or waits for it. */
  async idle(): Promise<void> {
    if (this.#working !== undefined) await Promise.all(this.#working.keys());
  }
}

function releasing(lock: Lock, leave: () => void): Lock {
  return {
    // Asked anew each time: a lease may look at its clock only then.
    get lost() {
      return lock.lost;
    },
    release: async () => {
      leave();
      await lock.release();
    },
  };
}

/** What ends a login that began before a logout or a purge, and has not sent anything yet. */
export function loggedOut(): BrokerAuthError {
  return new BrokerAuthError(
    "aborted",
    "the account was logged out or purged while its login waited; nothing was sent",
    { action: "Log in again if that was not meant." },
  );
}
