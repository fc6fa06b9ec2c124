import type { StoredRecord } from "@x/core";
import { demoAccounts, TOTP_STEP_MS } from "@x/sandbox";
import { codeOf, type Ground, pins } from "./model-ground.ts";

/** Which credentials a program is configured with: a place in `pins`, and the right TOTP secret or a wrong one. */
export interface ProgramConfig {
  readonly pin: 0 | 1 | 2;
  readonly totp: "right" | "wrong";
}

/** Who is behind what happens: nobody, a person, a program that wants a longer session at this moment, one that wants none, or nobody
 * while the locks have lapsed. */
export type Occasion = "automatic" | "person" | "wanted" | "logout" | "lapse";

export type Outcome = "accepted" | "refused" | "unclear" | "free";

interface Send {
  readonly credential: string;
  readonly program: object;
  readonly automatic: boolean;
  outcome: Outcome;
}

export const wrongSecret = "MZXW6YTBOI7222222222222222222222";

// A program judges an expiry by a clock that may be off by as much as clocks are moved here, and by a margin of its own.
const certainlyLongMs = 45 * 60_000;
const unclearLimit = 2;

/** Watches the wire and the store, and tells the first rule that is broken. It knows what was sent, and not why. */
export class ModelWatch {
  broken: string | undefined;
  readonly #ground: Ground;
  readonly #now: () => number;
  readonly #secret: string;
  #sends: Send[] = [];
  readonly #refused = new Set<string>();
  /** What was known to be refused when a program wrote to the store last. */
  readonly #refusedAtSwap = new WeakMap<object, ReadonlySet<string>>();
  readonly #unclear = new Map<string, number>();
  readonly #orders = new Set<string>();
  #lastStep = -1;
  #record: StoredRecord | undefined;

  /** @param now the broker's clock */
  constructor(ground: Ground, now: () => number) {
    this.#ground = ground;
    this.#now = now;
    const accounts = ground.account === "main" ? demoAccounts.nubra : demoAccounts.kotakNeo;
    this.#secret = accounts.find(({ name }) => name === ground.account)?.totpSecret ?? "";
  }

  break(rule: string): void {
    this.broken ??= rule;
  }

  /** A factor is about to leave. */
  sends(program: object, config: ProgramConfig, factor: "totp" | "mpin", body: string, occasion: Occasion): Send {
    const credential =
      factor === "totp" ? `TOTP secret (${config.totp})` : `MPIN ${pins[this.#ground.account][config.pin]}`;
    const automatic = occasion !== "person";
    // Without locks a refusal may come between writing an attempt down and sending it: that one was not known to be refused.
    const refused = (occasion === "lapse" ? this.#refusedAtSwap.get(program) : undefined) ?? this.#refused;
    if (refused.has(credential)) this.break(`a refused ${credential} is sent again`);
    if (automatic && (this.#unclear.get(credential) ?? 0) >= unclearLimit) this.break(`a third try of ${credential}`);
    if (factor === "totp") this.#step(body, config.totp === "right" ? this.#secret : wrongSecret);
    if (occasion !== "wanted" && occasion !== "lapse" && this.#storedSessionLives())
      this.break("a login although the stored session lives");
    const send: Send = { credential, program, automatic, outcome: "unclear" };
    this.#sends.push(send);
    return send;
  }

  order(id: string): void {
    if (this.#orders.has(id)) this.break("an order is sent twice");
    this.#orders.add(id);
  }

  swapped(program: object, previous: StoredRecord | undefined, next: StoredRecord, occasion: Occasion): void {
    if (next.revision <= (previous?.revision ?? 0)) this.break("a revision that does not rise");
    const minted = next.header.generation - (previous?.header.generation ?? 0);
    if (minted < 0) this.break("a generation that falls");
    if (minted > 1) this.break("a generation that leaps");
    if (occasion !== "logout" && minted === 0 && sessionOf(next) === undefined && this.#storedSessionLives())
      this.break("a good session is destroyed");
    if (minted > 0 && this.#storedSessionLives() && !this.#ground.lives(tokenOf(sessionOf(next))))
      this.break("a dead session is written over a good one");
    this.#record = next;
    // What came of the sends before is written down with this.
    this.settle(program);
    if (minted > 0) this.forgive();
    this.#refusedAtSwap.set(program, new Set(this.#refused));
  }

  settle(program: object): void {
    for (const send of this.#sends) if (send.program === program) this.#count(send, send.outcome);
    this.#sends = this.#sends.filter((send) => send.program !== program);
  }

  /** What the program learned and did not write down, nobody knows. */
  died(program: object): void {
    for (const send of this.#sends) if (send.program === program) this.#count(send, "unclear");
    this.#sends = this.#sends.filter((send) => send.program !== program);
  }

  /** A session was minted, or a person gave a word: all factors may be tried again. */
  forgive(): void {
    this.#refused.clear();
    this.#unclear.clear();
  }

  #count({ credential, automatic }: Send, outcome: Outcome): void {
    if (outcome === "refused") this.#refused.add(credential);
    if (outcome === "unclear" && automatic) this.#unclear.set(credential, (this.#unclear.get(credential) ?? 0) + 1);
  }

  #step(body: string, secret: string): void {
    const code = /"totp":"?(\d{1,6})/.exec(body)?.[1]?.padStart(6, "0");
    const here = Math.floor(this.#now() / TOTP_STEP_MS);
    // Nearest first: the clocks may be far apart, and codes repeat now and then.
    const apart = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? index / 2 : -(index + 1) / 2));
    const found = apart.find((steps) => codeOf(secret, here + steps) === code);
    if (found === undefined) return this.break("a code of no time step");
    if (here + found <= this.#lastStep) this.break("a time step is used again");
    this.#lastStep = Math.max(this.#lastStep, here + found);
    return undefined;
  }

  #storedSessionLives(): boolean {
    const session = this.#record && sessionOf(this.#record);
    if (session === undefined || session.expiresAt - this.#now() < certainlyLongMs) return false;
    return this.#ground.lives(tokenOf(session));
  }
}

interface StoredSession {
  readonly expiresAt: number;
  readonly tokens: { readonly sessionToken?: string; readonly token?: string };
}

function sessionOf({ body }: StoredRecord): StoredSession | undefined {
  return (JSON.parse(new TextDecoder().decode(body)) as { readonly session?: StoredSession }).session;
}

function tokenOf(session: StoredSession | undefined): string {
  return session?.tokens.sessionToken ?? session?.tokens.token ?? "";
}
