import { BrokerAuthError } from "@x/core";
import type { DeskAuth } from "../strategy/engine.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";
import { qrSvg } from "./qr-code.ts";

// Long enough to fetch a phone. The secret is of no use to the account until it is confirmed.
const patienceMs = 300_000;

export interface EnrolmentOptions {
  readonly auth: DeskAuth;
  readonly account: string;
  readonly broker: string;
  readonly configuration: DeskConfiguration;
}

/**
 * A TOTP enrolment over two requests: the first shows the secret's picture, the second says that it was scanned. In between the library waits in
 * its `save`, and turns TOTP on only after that.
 */
export class Enrolment {
  /** The configuration's new line. */
  readonly line: Promise<string>;
  readonly #done: Promise<void>;
  readonly #picture: Promise<string>;
  readonly #scanned = Promise.withResolvers<void>();
  #shown = false;

  constructor({ auth, account, broker, configuration }: EnrolmentOptions) {
    const picture = Promise.withResolvers<string>();
    const line = Promise.withResolvers<string>();
    this.#picture = picture.promise;
    this.line = line.promise;
    const timer = setTimeout(() => this.cancel("nobody confirmed the new TOTP secret in time"), patienceMs).unref();
    this.#done = auth
      .enrol(account, {
        save: async ({ secret }) => {
          const plain = secret.reveal();
          line.resolve(await configuration.keepTotpSecret(account, plain));
          picture.resolve(qrSvg(`otpauth://totp/${broker}:${account}?secret=${plain}&issuer=${broker}`));
          await this.#scanned.promise;
        },
      })
      .finally(() => clearTimeout(timer));
    for (const failed of [picture, line]) this.#done.catch((error: unknown) => failed.reject(error));
    // Told to whoever asks for the picture, or confirms.
    for (const promise of [this.#done, this.#picture, this.line, this.#scanned.promise]) promise.catch(() => undefined);
  }

  /** The picture of the secret, once and never again. */
  async takePicture(): Promise<string> {
    const picture = await this.#picture;
    if (this.#shown) throw new BrokerAuthError("challenge_expired", "this TOTP secret was shown already; begin again");
    this.#shown = true;
    return picture;
  }

  /** A person has scanned it: TOTP is turned on. */
  async confirm(): Promise<void> {
    this.#scanned.resolve();
    return this.#done;
  }

  cancel(reason: string): void {
    this.#scanned.reject(new BrokerAuthError("challenge_expired", `${reason}; TOTP is as it was`));
  }
}
