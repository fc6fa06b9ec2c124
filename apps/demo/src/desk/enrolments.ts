import { BrokerAuthError } from "@x/core";
import { Enrolment, type EnrolmentOptions } from "./enrolment.ts";

/** The TOTP enrolments that wait for a person: one per account, the newest. */
export class Enrolments {
  readonly #open = new Map<string, Enrolment>();

  /** Begins one in place of the account's last one. @throws BrokerAuthError `store_busy` while that one is being finished */
  async begin(options: EnrolmentOptions): Promise<{ readonly id: string; readonly picture: string }> {
    const { account } = options;
    const before = this.#open.get(account);
    if (before !== undefined) requireOpen(before);
    before?.cancel("the enrolment was begun again");
    const enrolment = new Enrolment(options);
    this.#open.set(account, enrolment);
    try {
      return { id: enrolment.id, picture: await enrolment.picture };
    } catch (error) {
      this.#remove(account, enrolment);
      throw error;
    }
  }

  /**
   * Finishes the one whose picture was shown. Returns the configuration's new line.
   * @throws BrokerAuthError `challenge_expired` for one that was given up, `store_busy` while it is being finished
   */
  async confirm(account: string, id: string): Promise<string> {
    const enrolment = this.#open.get(account);
    if (enrolment === undefined || enrolment.id !== id)
      throw new BrokerAuthError("challenge_expired", "this TOTP secret waits no longer; begin again");
    requireOpen(enrolment);
    try {
      return await enrolment.confirm();
    } finally {
      this.#remove(account, enrolment);
    }
  }

  /** Gives the one up whose picture was shown; without an id whichever there is. */
  cancel(account: string, id?: string): void {
    const enrolment = this.#open.get(account);
    if (enrolment === undefined || enrolment.confirmed || (id ?? enrolment.id) !== enrolment.id) return;
    enrolment.cancel("the enrolment was given up");
    this.#remove(account, enrolment);
  }

  /** Gives all of them up. */
  close(): void {
    for (const enrolment of this.#open.values()) enrolment.cancel("the desk was closed");
  }

  #remove(account: string, enrolment: Enrolment): void {
    if (this.#open.get(account) === enrolment) this.#open.delete(account);
  }
}

function requireOpen({ confirmed }: Enrolment): void {
  if (!confirmed) return;
  throw new BrokerAuthError("store_busy", "TOTP is being turned on just now", { action: "Wait until it is." });
}
