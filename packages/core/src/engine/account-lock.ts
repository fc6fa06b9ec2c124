import type { AccountRecord } from "../record/account-record.ts";
import type { AccountRepository } from "../record/account-repository.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import { AccountTurn } from "./account-turn.ts";

export interface AccountLockOptions {
  readonly repository: AccountRepository;
  readonly emit: (facts: BrokerAuthEventFacts) => void;
  /** Ends every wait when the engine is closed. */
  readonly closed: AbortSignal;
  /** How often the account was logged out: what waited meanwhile must not go on. */
  readonly logouts: () => number;
}

/** An account's lock in the store, and the work of this engine that has it or waits for it. */
export class AccountLock {
  readonly #options: AccountLockOptions;
  readonly #working = new Set<Promise<void>>();

  constructor(options: AccountLockOptions) {
    this.#options = options;
  }

  /** @param login whether listeners are told that it waits for another one */
  async run<Result>(
    work: (record: AccountRecord, turn: AccountTurn) => Promise<Result>,
    login = false,
  ): Promise<Result> {
    const { repository, emit, closed, logouts } = this.#options;
    const before = logouts();
    const busy = login ? () => emit({ type: "waiting", for: "other_login", until: undefined }) : undefined;
    const turn = new AccountTurn(
      () => repository.lock(closed, busy),
      () => {
        if (logouts() !== before) throw loggedOut();
      },
    );
    const done = (async () => {
      await turn.begin();
      try {
        return await work(await repository.open(), turn);
      } finally {
        await turn.end();
      }
    })();
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    this.#working.add(ended);
    void ended.then(() => this.#working.delete(ended));
    return done;
  }

  /** Resolves when nothing is under way any more that has the lock or waits for it. */
  async idle(): Promise<void> {
    await Promise.all(this.#working);
  }
}

function loggedOut(): BrokerAuthError {
  return new BrokerAuthError(
    "aborted",
    "the account was logged out or purged while its login waited; nothing was sent",
    { action: "Log in again if that was not meant." },
  );
}
