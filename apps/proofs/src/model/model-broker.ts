import type { Json } from "@x/sandbox";
import type { ConfiguredAccount, TestAccountName, TestEnvironment } from "@x/test-environment";
import { typedCodes } from "../harness/typed-codes.ts";

/** A broker of the sandbox as the model's commands need it: what it counts, and what is done to it from outside. It serves many sequences. */
export class ModelBroker {
  readonly account: TestAccountName;
  readonly clock: TestEnvironment["clock"];
  readonly #test: TestEnvironment;
  readonly #fresh: Json;
  readonly #startAt: number;

  constructor(test: TestEnvironment, account: TestAccountName) {
    [this.#test, this.account, this.clock, this.#startAt] = [test, account, test.clock, test.clock.now()];
    this.#fresh = this.#broker.snapshot();
  }

  /** As a user would configure it. */
  configured(): ConfiguredAccount {
    return this.#broker.accountInput(this.account);
  }

  /** Sessions that were minted for us, by the broker's own count. */
  minted(): number {
    return this.#test.minted(this.account);
  }

  /** Whether this token opens anything now. */
  lives(token: string): boolean {
    const { nubra, kotakNeo } = this.#test.sandbox;
    if (this.account === "main") return nubra.liveSession(this.account) === token;
    const found = kotakNeo.accounts().find(({ name }) => name === this.account);
    const sessions = found?.["sessions"] as readonly { readonly token: string; readonly endedBy: unknown }[];
    return sessions.some((one) => one.token === token && one.endedBy === null);
  }

  otherDevice(): void {
    this.#broker.otherDeviceLogin(this.account);
  }

  endSessions(): void {
    this.#test.endSessions(this.account);
  }

  endRenewals(): void {
    if (this.account === "main") this.#test.sandbox.nubra.endAuthTokens(this.account);
  }

  /** What a person would type for the first factor now: the newest code that was texted, or what the authenticator shows. */
  typed(): string {
    const { otp, totp } = typedCodes(this.#test, this.account);
    return this.account === "main" ? otp() : totp();
  }

  /** Lifts a lock, as the broker's support would. */
  unlock(): void {
    this.#broker.unlock(this.account);
  }

  /** At Kotak Neo the customer's MPIN is set once. */
  setPin(pin: string): void {
    if (this.account === "main") this.#test.sandbox.nubra.setMpin(this.account, pin);
  }

  /** As if nothing had happened. */
  reset(): void {
    this.clock.set(this.#startAt);
    this.#broker.restore(this.#fresh);
    this.#test.sandbox.journal.clear();
  }

  get #broker() {
    const { nubra, kotakNeo } = this.#test.sandbox;
    return this.account === "main" ? nubra : kotakNeo;
  }
}

export const pins = { main: ["1357", "2468", "9753"], hedge: ["246810", "135790", "864200"] } as const;
