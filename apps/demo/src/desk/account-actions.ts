import { type Answer, BrokerAuthError, type LoginProgress } from "@x/core";
import type { Desk } from "./desk.ts";
import { Enrolments } from "./enrolment.ts";
import { control } from "./sandbox-side.ts";

/** What a person can do with an account. Accounts may be named by an alias. */
export class AccountActions {
  readonly #desk: Desk;
  readonly #enrolments: Enrolments;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#enrolments = new Enrolments(desk.engine, desk.configuration);
  }

  /** Begins a login with a person, or joins the one that waits for its answer. The strategy may use the account again. */
  async beginLogin(name: string): Promise<LoginProgress> {
    const account = this.#named(name);
    const begun = this.#thenLook(this.#desk.engine.run(async (auth) => auth.beginLogin(account)));
    const [step] = await Promise.all([begun, this.#desk.leave(account, false)]);
    return step;
  }

  async answerLogin(name: string, handle: string, answer: Answer): Promise<LoginProgress> {
    const account = this.#named(name);
    return this.#thenLook(this.#desk.engine.run(async (auth) => auth.answerLogin(account, handle, answer)));
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
  async takesAnswer(name: string, { code }: BrokerAuthError): Promise<boolean> {
    if (code === "challenge_expired") return false;
    return (await this.#desk.engine.auth.status(this.#named(name))).state === "pending";
  }

  /** Ends the session, and keeps the strategy from beginning another one, also after a restart. */
  async logout(name: string): Promise<void> {
    const account = this.#named(name);
    // It needs the session, and would keep it until somebody confirms.
    this.#enrolments.cancel(account);
    // A process that is at work with it would log in again after this.
    await this.#desk.leave(account, true);
    await this.#desk.engine.run(async (auth) => auth.logout(account));
    // Where the broker knows no logout, the session that another process holds would be good for further calls.
    this.#desk.tellStrategy({ reload: true });
    await this.#desk.look();
  }

  async unlock(name: string): Promise<void> {
    await this.#thenLook(this.#desk.engine.auth.unlock(this.#named(name)));
  }

  /**
   * In the sandbox: the broker's support lifts its lock, and what was refused before is forgotten here too: after two refusals `unlock()` alone
   * would open nothing. @throws BrokerAuthError `configuration` elsewhere
   */
  async unlockEverywhere(name: string): Promise<void> {
    const { sandbox, log, clock } = this.#desk;
    const account = this.#named(name);
    if (sandbox === undefined)
      throw impossible("only the sandbox's brokers can be asked from here to unlock it", "Ask the broker's support.");
    control(sandbox, account, "unlock");
    log.tell(clock.now(), "unlocked", "the broker unlocked the account", account);
    await this.#thenLook(this.#desk.engine.run(async (auth) => auth.purge(account)));
  }

  /** Asks the broker for a TOTP secret. Returns its picture, and the id with which it is confirmed. */
  async beginEnrolment(name: string): Promise<{ readonly id: string; readonly picture: string }> {
    const account = this.#named(name);
    const { engine, configuration } = this.#desk;
    // A new secret would make the one worthless with which the account logs in.
    const isOn = Object.hasOwn(engine.configuration.accounts[account] ?? {}, "totpSecret");
    if (isOn || configuration.keepsTotpSecret(account))
      throw impossible(`TOTP is on for ${account} already`, "Turn it off first.");
    return this.#thenLook(this.#enrolments.begin(account));
  }

  /** Turns TOTP on with the secret that was shown. Returns the line that the configuration needs, or has got. */
  async confirmEnrolment(name: string, id: string): Promise<string> {
    const account = this.#named(name);
    const line = await this.#enrolments.confirm(account, id);
    await this.#takeUp("TOTP is on: this account logs in by itself from now on", account);
    return line;
  }

  /** Nothing is turned on, and the secret that was shown is forgotten. */
  cancelEnrolment(name: string, id: string): void {
    this.#enrolments.cancel(this.#named(name), id);
  }

  /** @throws BrokerAuthError `configuration` where TOTP was not turned on here: what is in the configuration is the user's */
  async disableTotp(name: string): Promise<void> {
    const account = this.#named(name);
    const { engine, configuration } = this.#desk;
    if (!configuration.keepsTotpSecret(account))
      throw impossible(`TOTP was not turned on here for ${account}`, "Turn it off at the broker.");
    await engine.run(async (auth) => auth.disableTotp(account));
    await configuration.dropTotpSecret(account);
    await this.#takeUp("TOTP is off: a person logs in with a texted code", account);
  }

  /** Nothing that waits for a person is finished. */
  close(): void {
    this.#enrolments.close();
  }

  #named(name: string): string {
    return this.#desk.engine.accountOf(name);
  }

  async #takeUp(text: string, account: string): Promise<void> {
    this.#desk.log.tell(this.#desk.clock.now(), "configuration", text, account);
    await this.#desk.reload();
  }

  // What failed may have changed the account as well.
  async #thenLook<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } finally {
      await this.#desk.look();
    }
  }
}

function impossible(message: string, action: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `account: ${message}`, { field: "account", action });
}
