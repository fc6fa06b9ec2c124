import { randomUUID } from "node:crypto";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { renderSVG } from "uqr";
import type { DeskConfiguration } from "./desk-configuration.ts";
import type { DeskEngine } from "./desk-engine.ts";

// Long enough to fetch a phone. The secret is of no use to the account until it is confirmed.
const patienceMs = 300_000;

/** An authenticator's picture of an address, with the quiet zone of four modules that readers need. */
export function qrPicture(address: string): string {
  return renderSVG(address, { border: 4 });
}

interface Enrolment {
  /** Stands for this secret, and says nothing of it: a tab that shows an older one cannot confirm it. */
  readonly id: string;
  /** A person's word that the secret was scanned, or that it is given up. */
  readonly scanned: PromiseWithResolvers<void>;
  /** TOTP is on. */
  readonly done: Promise<void>;
  confirmed: boolean;
  /** What the configuration needs from now on. */
  line: string;
}

/**
 * TOTP enrolments, one per account, each over two requests: the first shows the secret's picture, the second says that it was scanned. In between
 * the library waits in its `save`, and turns TOTP on only after that. Until then the secret is nowhere but in the broker's memory and in ours.
 */
export class Enrolments {
  readonly #engine: DeskEngine;
  readonly #configuration: DeskConfiguration;
  readonly #open = new Map<string, Enrolment>();
  /** The account's latest one, open or over. The broker takes the secret that it made last, so they are made one after the other. */
  readonly #latest = new Map<string, Promise<unknown>>();

  constructor(engine: DeskEngine, configuration: DeskConfiguration) {
    this.#engine = engine;
    this.#configuration = configuration;
  }

  /** Begins one in place of the account's last one. @throws BrokerAuthError `store_busy` while that one is being finished */
  async begin(account: string): Promise<{ readonly id: string; readonly picture: string }> {
    const before = this.#open.get(account);
    if (before !== undefined) requireOpen(before);
    this.cancel(account);
    const id = randomUUID();
    const { broker = "" } = this.#engine.configuration.accounts[account] ?? {};
    const scanned = Promise.withResolvers<void>();
    const picture = Promise.withResolvers<string>();
    const save = async ({ secret }: { readonly secret: { reveal(): string } }): Promise<void> => {
      const plain = secret.reveal();
      picture.resolve(qrPicture(`otpauth://totp/${broker}:${account}?secret=${plain}&issuer=${broker}`));
      await scanned.promise;
      enrolment.line = await this.#configuration.holdTotpSecret(account, plain);
    };
    const earlier = this.#latest.get(account) ?? Promise.resolve();
    const done = earlier.then(() => this.#engine.run(async (auth) => auth.enableTotp(account, { save })));
    this.#latest.set(
      account,
      done.catch(() => undefined),
    );
    const enrolment: Enrolment = { id, scanned, done, confirmed: false, line: "" };
    this.#open.set(account, enrolment);
    const timer = setTimeout(
      () => giveUp(enrolment, "nobody confirmed the new TOTP secret in time"),
      patienceMs,
    ).unref();
    // Told to whoever asks for the picture, or confirms.
    for (const promise of [picture.promise, scanned.promise]) promise.catch(() => undefined);
    void done.catch((error: unknown) => picture.reject(error)).finally(() => clearTimeout(timer));
    try {
      return { id, picture: await picture.promise };
    } catch (error) {
      this.#remove(account, enrolment);
      throw error;
    }
  }

  /**
   * A person has scanned the one whose picture was shown: TOTP is turned on. Returns the configuration's new line.
   * @throws BrokerAuthError `challenge_expired` for one that was given up, `store_busy` while it is being finished
   */
  async confirm(account: string, id: string): Promise<string> {
    const enrolment = this.#open.get(account);
    if (enrolment === undefined || enrolment.id !== id)
      throw new BrokerAuthError("challenge_expired", "this TOTP secret waits no longer; begin again");
    requireOpen(enrolment);
    enrolment.confirmed = true;
    enrolment.scanned.resolve();
    try {
      await enrolment.done;
    } catch (error) {
      // Where nobody knows whether TOTP is on, what may be its only secret is kept.
      const isUnknown = isBrokerAuthError(error) && error.code === "outcome_unknown";
      if (!isUnknown) await this.#configuration.discardTotpSecret(account);
      throw error;
    } finally {
      this.#remove(account, enrolment);
    }
    await this.#configuration.useTotpSecret(account);
    return enrolment.line;
  }

  /** Gives the one up whose picture was shown; without an id whichever there is. */
  cancel(account: string, id?: string): void {
    const enrolment = this.#open.get(account);
    if (enrolment === undefined || enrolment.confirmed || (id ?? enrolment.id) !== enrolment.id) return;
    giveUp(enrolment, "the enrolment was given up");
    this.#remove(account, enrolment);
  }

  /** Gives all of them up. */
  close(): void {
    for (const enrolment of this.#open.values()) giveUp(enrolment, "the desk was closed");
  }

  #remove(account: string, enrolment: Enrolment): void {
    if (this.#open.get(account) === enrolment) this.#open.delete(account);
  }
}

function giveUp({ scanned }: Enrolment, reason: string): void {
  scanned.reject(new BrokerAuthError("challenge_expired", `${reason}; TOTP is as it was`));
}

function requireOpen({ confirmed }: Enrolment): void {
  const action = "Wait until it is.";
  if (confirmed) throw new BrokerAuthError("store_busy", "TOTP is being turned on just now", { action });
}
