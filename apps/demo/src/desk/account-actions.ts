import { type Answer, BrokerAuthError, type LoginProgress } from "@x/core";
import type { Desk } from "./desk.ts";
import { impossible } from "./desk-form.ts";
import type { Enrolments } from "./enrolment.ts";
import { control } from "./sandbox-side.ts";

/** What a person can do with an account, by its own name. */
export class AccountActions {
  readonly #desk: Desk;
  readonly #enrolments: Enrolments;

  constructor(desk: Desk, enrolments: Enrolments) {
    this.#desk = desk;
    this.#enrolments = enrolments;
  }

  /** Begins a login with a person, or joins the one that waits for its answer. The strategy may use the account again. */
  async beginLogin(account: string): Promise<LoginProgress> {
    const begun = this.#desk.run(async (auth) => auth.beginLogin(account));
    const [step] = await Promise.all([begun, this.#desk.leave(account, false)]);
    return step;
  }

  async answerLogin(account: string, handle: string, answer: Answer): Promise<LoginProgress> {
    return this.#desk.run(async (auth) => auth.answerLogin(account, handle, answer));
  }

  /**
   * A broker's login page has led back here: answers the login whose own value is in the address, also after a restart.
   * @throws BrokerAuthError `challenge_expired` where no login that waits knows the address
   */
  async answerRedirect(address: string): Promise<LoginProgress> {
    const values = [...new URL(address).searchParams.values()].filter((value) => value.length > 15);
    for (const { name, state, asks } of this.#desk.accounts) {
      if (state !== "pending" || !asks.includes("redirect")) continue;
      const step = await this.beginLogin(name);
      if (step.kind === "session" || step.challenge.kind !== "redirect") continue;
      const { url } = step.challenge;
      if (values.some((value) => url.includes(value)))
        return this.answerLogin(name, step.handle, { kind: "redirect", value: address });
    }
    throw new BrokerAuthError("challenge_expired", "no login waits for this address; begin again on the desk");
  }

  /** Whether the login takes a further answer after this failure: a code that never left, for one, may be sent again. */
  async takesAnswer(account: string, { code }: BrokerAuthError): Promise<boolean> {
    return code !== "challenge_expired" && (await this.#desk.engine.auth.status(account)).state === "pending";
  }

  /** Ends the session, and keeps the strategy from beginning another one, also after a restart. */
  async logout(account: string): Promise<void> {
    const desk = this.#desk;
    // It needs the session, and would keep it until somebody confirms.
    this.#enrolments.cancel(account);
    // A process that is at work with it would log in again after this.
    await desk.leave(account, true);
    await desk.engine.run(async (auth) => auth.logout(account));
    // Where the broker knows no logout, the session that another process holds would be good for further calls.
    desk.tellStrategy({ reload: true });
    await desk.look();
  }

  async unlock(account: string): Promise<void> {
    await this.#desk.run(async (auth) => auth.unlock(account));
  }

  /**
   * In the sandbox: the broker's support lifts its lock, and what was refused before is forgotten here too: after two refusals `unlock()` alone
   * would open nothing. @throws BrokerAuthError `configuration` elsewhere
   */
  async unlockAtBroker(account: string): Promise<void> {
    const { sandbox, log, clock } = this.#desk;
    const elsewhere = "only the sandbox's brokers can be asked from here to unlock it";
    if (sandbox === undefined) throw impossible("account", elsewhere, "Ask the broker's support.");
    control(sandbox, account, "unlock");
    log.tell(clock.now(), "unlocked", "the broker unlocked the account", account);
    await this.#desk.run(async (auth) => auth.purge(account));
  }
}
