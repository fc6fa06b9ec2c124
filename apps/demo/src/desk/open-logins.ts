import type { LoginProgress } from "@x/core";

/** A login that waits for a person's answer. */
export type WaitingLogin = Extract<LoginProgress, { kind: "challenge" }>;

/**
 * The logins of persons that are under way, one per account. Whoever asks for a login meanwhile, in another tab or by a second click, gets the
 * same one: each new one would text a code, and make the code of before worthless.
 */
export class OpenLogins {
  readonly #beginning = new Map<string, Promise<LoginProgress>>();
  readonly #waiting = new Map<string, WaitingLogin>();

  /** Joins the begin that is under way, or runs this one. */
  async begin(account: string, work: () => Promise<LoginProgress>): Promise<LoginProgress> {
    const joined = this.#beginning.get(account);
    if (joined !== undefined) return joined;
    const beginning = work().finally(() => this.#beginning.delete(account));
    this.#beginning.set(account, beginning);
    return this.keep(account, await beginning);
  }

  /** Remembers where a login stands now, and returns it. */
  keep(account: string, step: LoginProgress): LoginProgress {
    if (step.kind === "session" || attemptsLeft(step) === 0) this.#waiting.delete(account);
    // Why the last answer was refused concerns who gave it.
    else this.#waiting.set(account, { kind: step.kind, challenge: step.challenge, handle: step.handle });
    return step;
  }

  /** The account's login that takes an answer, as far as this server knows. */
  waiting(account: string, now: number): WaitingLogin | undefined {
    const step = this.#waiting.get(account);
    const expiresAt = step?.challenge.kind === "otp" ? step.challenge.expiresAt : undefined;
    return expiresAt === undefined || expiresAt > now ? step : undefined;
  }

  /** The login of this handle takes no further answer. Another one of the account stays. */
  forget(account: string, handle: string): void {
    if (this.#waiting.get(account)?.handle === handle) this.#waiting.delete(account);
  }
}

function attemptsLeft({ challenge }: WaitingLogin): number | undefined {
  return challenge.kind === "otp" ? challenge.attemptsLeft : undefined;
}
