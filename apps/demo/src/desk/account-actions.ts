import { type Answer, BrokerAuthError, type LoginProgress } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import type { DayBook } from "./day-book.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { DeskEngine } from "./desk-engine.ts";
import { Enrolment } from "./enrolment.ts";
import type { LeftAccounts } from "./left-accounts.ts";
import { unlockAtBroker } from "./sandbox-side.ts";

export interface AccountActionsOptions {
  readonly engine: DeskEngine;
  readonly left: LeftAccounts;
  readonly book: DayBook;
  readonly configuration: DeskConfiguration;
  readonly sandbox: Sandbox | undefined;
  readonly now: () => number;
  /** Tells the strategy which accounts are left; with `reload` it lets go of the sessions it holds. */
  readonly tellLeft: (options?: { readonly reload: boolean }) => void;
  /** Opens all engines anew on a configuration that has changed. */
  readonly reload: () => Promise<void>;
  /** Looks how the accounts stand now. */
  readonly look: () => Promise<void>;
}

/** What a person can do with an account. Accounts may be named by an alias. */
export class AccountActions {
  readonly #options: AccountActionsOptions;
  readonly #enrolments = new Map<string, Enrolment>();

  constructor(options: AccountActionsOptions) {
    this.#options = options;
  }

  /** Begins a login with a person. The strategy may use the account again. */
  async beginLogin(name: string): Promise<LoginProgress> {
    const account = this.#named(name);
    await this.#leave(account, false);
    return this.#thenLook(this.#auth.beginLogin(account));
  }

  async answerLogin(name: string, handle: string, answer: Answer): Promise<LoginProgress> {
    return this.#thenLook(this.#auth.answerLogin(this.#named(name), handle, answer));
  }

  /** Whether a login of the account still waits for its answer. */
  async isPending(name: string): Promise<boolean> {
    return (await this.#auth.status(this.#named(name))).state === "pending";
  }

  /** Ends the session, and keeps the strategy from beginning another one, also after a restart. */
  async logout(name: string): Promise<void> {
    const account = this.#named(name);
    await this.#leave(account, true);
    await this.#auth.logout(account);
    // Where the broker knows no logout, the session that another process holds would be good for further calls.
    this.#options.tellLeft({ reload: true });
    await this.#options.look();
  }

  async unlock(name: string): Promise<void> {
    await this.#thenLook(this.#auth.unlock(this.#named(name)));
  }

  /** In the sandbox: the broker's support lifts its lock, and then the account is unlocked here. @throws BrokerAuthError `configuration` elsewhere */
  async unlockEverywhere(name: string): Promise<void> {
    const { sandbox, book, now } = this.#options;
    const account = this.#named(name);
    if (sandbox === undefined) {
      const message = "account: only the sandbox's brokers can be asked from here to unlock an account";
      throw new BrokerAuthError("configuration", message, { field: "account", action: "Ask the broker's support." });
    }
    unlockAtBroker(sandbox, account);
    book.tell(now(), "unlocked", "the broker unlocked the account", account);
    await this.unlock(account);
  }

  /** Asks the broker for a TOTP secret and returns its picture. */
  async beginEnrolment(name: string): Promise<string> {
    const account = this.#named(name);
    this.#enrolments.get(account)?.cancel("the enrolment was begun again");
    const { broker } = await this.#auth.status(account);
    const { configuration } = this.#options;
    const enrolment = new Enrolment({ auth: this.#auth, account, broker, configuration });
    this.#enrolments.set(account, enrolment);
    try {
      return await enrolment.takePicture();
    } catch (error) {
      this.#enrolments.delete(account);
      throw error;
    } finally {
      await this.#options.look();
    }
  }

  /** Turns TOTP on with the secret that was shown. Returns the line that the configuration needs, or has got. */
  async confirmEnrolment(name: string): Promise<string> {
    const account = this.#named(name);
    const enrolment = this.#enrolments.get(account);
    if (enrolment === undefined)
      throw new BrokerAuthError("challenge_expired", "no TOTP secret waits for this account; begin again");
    this.#enrolments.delete(account);
    await enrolment.confirm();
    const { configuration, reload } = this.#options;
    await configuration.useTotpSecret(account);
    this.#tellConfigured("TOTP is on: this account logs in by itself from now on", account);
    await reload();
    return enrolment.line;
  }

  async disenrol(name: string): Promise<void> {
    const account = this.#named(name);
    await this.#auth.disenrol(account);
    const { configuration, reload } = this.#options;
    await configuration.dropTotpSecret(account);
    this.#tellConfigured("TOTP is off: a person logs in with a texted code", account);
    await reload();
  }

  /** Nothing that waits for a person is finished. */
  close(): void {
    for (const enrolment of this.#enrolments.values()) enrolment.cancel("the desk was closed");
  }

  get #auth(): DeskEngine["auth"] {
    return this.#options.engine.auth;
  }

  #named(name: string): string {
    return this.#options.engine.accountOf(name);
  }

  #tellConfigured(text: string, account: string): void {
    this.#options.book.tell(this.#options.now(), "configuration", text, account);
  }

  async #leave(account: string, left: boolean): Promise<void> {
    const writing = this.#options.left.set(account, left);
    this.#options.tellLeft();
    await writing;
  }

  // What failed may have changed the account as well.
  async #thenLook<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } finally {
      await this.#options.look();
    }
  }
}
