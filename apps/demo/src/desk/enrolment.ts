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

export interface EnrolmentOptions {
  readonly engine: DeskEngine;
  readonly account: string;
  readonly broker: string;
  readonly configuration: DeskConfiguration;
}

/**
 * A TOTP enrolment over two requests: the first shows the secret's picture, the second says that it was scanned. In between the library waits in
 * its `save`, and turns TOTP on only after that. Until then the secret is nowhere but in the broker's memory and in ours.
 */
export class Enrolment {
  /** Stands for this secret, and says nothing of it: a tab that shows an older one cannot confirm it. */
  readonly id: string = randomUUID();
  /** The picture of the secret. */
  readonly picture: Promise<string>;
  readonly #options: EnrolmentOptions;
  readonly #done: Promise<void>;
  readonly #scanned = Promise.withResolvers<void>();
  #line = "";
  #confirmed = false;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
    const { engine, account, broker, configuration } = options;
    const picture = Promise.withResolvers<string>();
    this.picture = picture.promise;
    const timer = setTimeout(() => this.cancel("nobody confirmed the new TOTP secret in time"), patienceMs).unref();
    this.#done = engine
      .run(async (auth) =>
        auth.enableTotp(account, {
          save: async ({ secret }) => {
            const plain = secret.reveal();
            picture.resolve(qrPicture(`otpauth://totp/${broker}:${account}?secret=${plain}&issuer=${broker}`));
            await this.#scanned.promise;
            this.#line = await configuration.holdTotpSecret(account, plain);
          },
        }),
      )
      .finally(() => clearTimeout(timer));
    this.#done.catch((error: unknown) => picture.reject(error));
    // Told to whoever asks for the picture, or confirms.
    for (const promise of [this.picture, this.#scanned.promise]) promise.catch(() => undefined);
  }

  /** Whether a person has said that it was scanned. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** A person has scanned it: TOTP is turned on. Returns the configuration's new line. */
  async confirm(): Promise<string> {
    const { account, configuration } = this.#options;
    this.#confirmed = true;
    this.#scanned.resolve();
    try {
      await this.#done;
    } catch (error) {
      // Where nobody knows whether TOTP is on, what may be its only secret is kept.
      const isUnknown = isBrokerAuthError(error) && error.code === "outcome_unknown";
      if (!isUnknown) await configuration.discardTotpSecret(account);
      throw error;
    }
    await configuration.useTotpSecret(account);
    return this.#line;
  }

  cancel(reason: string): void {
    this.#scanned.reject(new BrokerAuthError("challenge_expired", `${reason}; TOTP is as it was`));
  }
}
