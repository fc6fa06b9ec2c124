import type { StoredRecord } from "@x/core";
import { TOTP_STEP_MS, totpCode } from "@x/sandbox";
import { type ModelBroker, pins } from "./model-broker.ts";

/**
 * Which credentials a program is configured with: a place in `pins`, and the TOTP secret that was right when it started, a wrong one, or none
 * because a person types the code.
 */
export interface ProgramConfig {
  readonly pin: 0 | 1 | 2;
  readonly totp: "right" | "wrong" | "typed";
  readonly secret?: string | undefined;
}

/**
 * Who is behind what happens: nobody, a person, a person who sets up TOTP, a program that wants a longer session at this moment, one that wants
 * none, one that forgets all, or nobody while the locks have lapsed.
 */
export type Occasion = "automatic" | "person" | "enrolment" | "wanted" | "logout" | "purge" | "lapse";

export type ModelFactor = "totp" | "mpin" | "otp" | "sms";

/** A factor on the wire. */
export interface Sending {
  readonly config: ProgramConfig;
  readonly factor: ModelFactor;
  readonly body: string;
  readonly occasion: Occasion;
  /** The secret that a code is of. */
  readonly secret: string;
  /** A person typed it, whatever is configured. */
  readonly typed: boolean;
}

/** `locked`: refused, and the account is locked. `told`: not looked at, and the broker asks for time. */
export type Outcome = "accepted" | "refused" | "locked" | "unclear" | "told" | "free";

interface Send {
  readonly factor: ModelFactor;
  readonly credential: string;
  readonly config: string;
  readonly automatic: boolean;
  /** Its code is of a secret that nobody has configured: it tells nothing about a configuration. */
  readonly enrolment: boolean;
  readonly at: number;
  /** Where locks had lapsed: how many sessions had been minted when it left. */
  readonly minted: number | undefined;
  outcome: Outcome;
}

export const wrongSecret = "MZXW6YTBOI7222222222222222222222";

// A program judges an expiry by a clock that may be off by as much as clocks are moved here, and by a margin of its own.
const certainlyLongMs = 45 * 60_000;
const minuteMs = 60_000;
/** Texts in ten minutes: of an account with TOTP the call that forces one. */
const mostTexts = 3;
/** Automatic attempts between two sessions that may be refused. */
const budget = 2;
/** A step that lies further ahead was made by a clock that was wrong. */
const nearSteps = 3;
/** Sessions in ten minutes after which no further one is minted by itself. */
const mostMintings = 5;
// The broker tells its time to the second, and a login takes a few.
const clockErrorMs = 5_000;

/** Watches the wire and the store, and tells the first rule that is broken. It knows what was sent, and not why. */
export class ModelWatch {
  broken: string | undefined;
  readonly #broker: ModelBroker;
  readonly #hostNow: () => number;
  /** Of each program, what is under way. */
  readonly #sends = new WeakMap<object, Send[]>();
  readonly #configs = new WeakMap<object, string>();
  /** What a program has written down as about to leave, while it has not left. */
  readonly #ahead = new WeakMap<object, { readonly open: OpenAttempt; readonly at: number }>();
  readonly #refused = new Set<string>();
  /** TOTP secrets that were refused once: they have one further try. */
  readonly #doubted = new Set<string>();
  #locked = false;
  /** A person said unlock(): one further try of what was stopped. */
  #granted = false;
  #wasGranted = false;
  /** What that try is not for: who said it has corrected it. */
  #spared: ReadonlySet<string> = new Set();
  /** What stopped the programs last, where it is configured: the last one that was refused for good. */
  #stopped: { readonly factor: ModelFactor; readonly credential: string } | undefined;
  #refusals = 0;
  /** Unclear outcomes since the last session: of the MPIN, whoever sent it, and of automatic attempts with sets that were not proved. */
  #unclearPins = 0;
  #unproved = 0;
  /** The configuration that opened the last session by a whole login, and was refused nothing since. */
  #proved: string | undefined;
  #silent = 0;
  /** Before this, by the broker's clock, nobody may try. */
  #nextAt = 0;
  #lastAt = -Infinity;
  /** What a program could know when it last wrote the record. */
  readonly #knownAtSwap = new WeakMap<object, { readonly refused: ReadonlySet<string>; readonly locked: boolean }>();
  readonly #orders = new Set<string>();
  /** The time steps that codes were sent of. */
  readonly #steps: number[] = [];
  #minted = 0;
  /** By the programs' clock: when a session was last minted for validUntil, and when texts were asked for. */
  #extendedAt = -Infinity;
  #textsAt: readonly number[] = [];
  /** By the broker's clock: when sessions were minted. */
  #mintedAt: readonly number[] = [];
  #record: StoredRecord | undefined;

  /** @param hostNow the clock of the programs */
  constructor(broker: ModelBroker, hostNow: () => number) {
    [this.#broker, this.#hostNow] = [broker, hostNow];
  }

  break(rule: string): void {
    this.broken ??= rule;
  }

  /** A factor is about to leave. */
  sends(program: object, sending: Sending): Send {
    const { config, factor, body, occasion, secret, typed } = sending;
    // Both factors of one request are written down before it leaves.
    const at = this.#ahead.get(program)?.at ?? this.#lastAt;
    this.#lastAt = at;
    this.#ahead.delete(program);
    const credential = this.#credentialOf(sending);
    // A login in which nobody is asked may be a supervisor's, whoever called it.
    const asked = occasion === "person" && (typed || config.totp === "typed");
    const automatic = !asked && occasion !== "enrolment";
    // Without locks a refusal may come between writing an attempt down and sending it: that one was not known to be refused.
    const now = { refused: this.#refused, locked: this.#locked };
    const { refused, locked } = (occasion === "lapse" ? this.#knownAtSwap.get(program) : undefined) ?? now;
    if (refused.has(credential) && (!this.#granted || this.#spared.has(credential)))
      this.break(`a refused ${credential} is sent again`);
    if (locked) this.break("something is sent to a locked account");
    // The same holds for a pause.
    if (
      automatic &&
      factor === "totp" &&
      occasion !== "lapse" &&
      this.#broker.clock.now() < this.#nextAt - clockErrorMs
    )
      this.break("a login within a pause");
    if (automatic && occasion !== "lapse") this.#mints();
    if (factor === "sms") this.#text(automatic, body);
    else if (automatic) this.#stayWithinBudget(factor);
    if (factor === "totp") this.#step(body, secret, isTyped(credential));
    if (occasion === "wanted" && factor === "mpin") this.#extends();
    if (!["wanted", "enrolment", "lapse"].includes(occasion) && this.#storedSessionLives())
      this.break("a login although the stored session lives");
    const [key, enrolment] = [keyOf(config), occasion === "enrolment"];
    const minted = occasion === "lapse" ? this.#minted : undefined;
    const send: Send = { factor, credential, config: key, automatic, enrolment, at, minted, outcome: "unclear" };
    this.#sends.set(program, [...(this.#sends.get(program) ?? []), send]);
    this.#configs.set(program, key);
    return send;
  }

  /** What a command without an engine gives out: the session that the store holds, before its end. */
  handedOut({ generation, expiresAt }: { readonly generation: number; readonly expiresAt: number }): void {
    const record = this.#record;
    if (record?.header.generation !== generation || fieldsOf(record).session === undefined)
      this.break("a command gives out a session that the store does not hold");
    if (expiresAt <= this.#broker.clock.now()) this.break("a command gives out a session that has ended");
  }

  order(id: string): void {
    if (this.#orders.has(id)) this.break("an order is sent twice");
    this.#orders.add(id);
  }

  swapped(program: object, previous: StoredRecord | undefined, next: StoredRecord, occasion: Occasion): void {
    if (next.revision <= (previous?.revision ?? 0)) this.break("a revision that does not rise");
    const before = previous?.header.generation ?? 0;
    const { generation } = next.header;
    const minted = generation !== before;
    const session = fieldsOf(next).session;
    if (generation < before) this.break("a generation that falls");
    if (minted && generation !== Math.max(before + 1, Math.floor(this.#hostNow())))
      this.break("a generation that is not the time of its minting");
    const onPurpose = occasion === "logout" || occasion === "purge";
    if (!minted && !onPurpose && session === undefined && this.#storedSessionLives())
      this.break("a good session is destroyed");
    if (minted && this.#storedSessionLives() && !this.#broker.lives(tokenOf(session)))
      this.break("a dead session is written over a good one");
    if (minted && occasion === "wanted") this.#extendedAt = this.#hostNow();
    if (previous !== undefined && fieldsOf(previous).fingerprintKey !== fieldsOf(next).fingerprintKey) this.purged();
    this.#record = next;
    const { open } = fieldsOf(next).ledger;
    if (open === undefined) this.#ahead.delete(program);
    else if (previous === undefined || JSON.stringify(fieldsOf(previous).ledger.open) !== JSON.stringify(open))
      this.#ahead.set(program, { open, at: this.#meantAt(open.at) });
    // What came of the sends before is written down with this.
    this.settle(program);
    if (minted) this.#mintedBy(program, next);
    this.#knownAtSwap.set(program, { refused: new Set(this.#refused), locked: this.#locked });
  }

  settle(program: object): void {
    for (const send of this.#sends.get(program) ?? []) this.#count(send);
    this.#sends.delete(program);
  }

  /** What the program learned and did not write down, nobody knows; nor whether what it wrote down has left. */
  died(program: object, config: ProgramConfig): void {
    for (const send of this.#sends.get(program) ?? []) send.outcome = "unclear";
    this.settle(program);
    const ahead = this.#ahead.get(program);
    for (let open = ahead?.open; open !== undefined; open = open.joint) {
      const { factor, automatic, configured, enrolment = false } = open;
      const credential = `${configured ? "a configured" : "typed"} ${factor}`;
      const { at } = ahead!;
      this.#count({
        factor,
        credential,
        config: keyOf(config),
        automatic,
        enrolment,
        at,
        minted: undefined,
        outcome: "unclear",
      });
    }
    this.#ahead.delete(program);
  }

  /** A person's word that the next attempt will succeed, at a program with these credentials. */
  unlocked(config: ProgramConfig): void {
    const own = { mpin: pinOf(this.#broker, config), totp: secretOf(config), otp: undefined, sms: undefined };
    const { factor, credential } = this.#stopped ?? {};
    const mine = factor === undefined ? undefined : own[factor];
    const isCorrected = mine !== undefined && mine !== credential && this.#unclear === 0 && !this.#locked;
    const hasRefused = Object.values(own).some((one) => one !== undefined && this.#refused.has(one));
    this.#spared = isCorrected && !hasRefused ? new Set(this.#refused) : new Set();
    this.#locked = false;
    this.#granted = true;
    this.#wasGranted = true;
  }

  /** Outcomes that were not clear since the last session: one of them may be what stopped the programs. */
  get #unclear(): number {
    return this.#unclearPins + this.#unproved + this.#silent;
  }

  /** A person's word to forget everything. Used steps are no part of that. */
  purged(): void {
    this.#forget();
    // The broker counts its messages on.
    [this.#proved, this.#record, this.#extendedAt] = [undefined, undefined, -Infinity];
    this.#mintedAt = [];
  }

  /** The programs' clock was set: what they wait for by it may be over. */
  clockSet(): void {
    [this.#nextAt, this.#extendedAt, this.#textsAt, this.#mintedAt] = [0, -Infinity, [], []];
  }

  #credentialOf({ config, factor, body, occasion, secret, typed }: Sending): string {
    if (factor === "mpin") return pinOf(this.#broker, config);
    if (factor === "totp" && config.secret !== undefined && occasion !== "enrolment" && !typed)
      return `TOTP secret ${secret}`;
    return `typed ${/"(?:totp|otp)":"?(\d{1,6})/.exec(body)?.[1] ?? "nothing"}`;
  }

  #text(automatic: boolean, body: string): void {
    if (automatic) this.break("a text with nobody there to read it");
    if (!body.includes('"skip_totp":true')) return;
    const now = this.#hostNow();
    this.#textsAt = [...this.#textsAt.filter((at) => at > now - 10 * minuteMs), now];
    if (this.#textsAt.length > mostTexts) this.break("a text too many in ten minutes");
  }

  #extends(): void {
    if (this.#storedSessionLives() && this.#hostNow() - this.#extendedAt < 10 * minuteMs)
      this.break("a session for validUntil twice in ten minutes");
  }

  // A program that makes no code asks for no time: with a clock that was set it writes another moment down, and no pause can be counted from that.
  #meantAt(written: number): number {
    const now = this.#broker.clock.now();
    return Math.abs(written - now) > clockErrorMs ? -Infinity : now;
  }

  #mints(): void {
    const recently = this.#mintedAt.filter((at) => at > this.#broker.clock.now() - 10 * minuteMs + clockErrorMs);
    if (recently.length >= mostMintings) this.break("a session by itself after five in ten minutes");
  }

  #stayWithinBudget(factor: ModelFactor): void {
    const more = this.#wasGranted ? 1 : 0;
    if (this.#refusals >= budget) this.break("an automatic attempt after two refusals");
    if (this.#refusals + this.#unproved >= budget + more) this.break("a further try too many");
    if (factor === "mpin" && this.#unclearPins >= budget + more) this.break("a third MPIN behind what may be refusals");
  }

  #mintedBy(program: object, next: StoredRecord): void {
    this.#forget();
    this.#minted += 1;
    this.#mintedAt = [...this.#mintedAt, this.#broker.clock.now()];
    const config = this.#configs.get(program);
    if (next.header.obtainedBy === "login" && config !== undefined) this.#proved = config;
  }

  #forget(): void {
    this.#refused.clear();
    this.#doubted.clear();
    [this.#stopped, this.#spared] = [undefined, new Set()];
    [this.#locked, this.#granted, this.#wasGranted] = [false, false, false];
    [this.#refusals, this.#unclearPins, this.#unproved, this.#silent, this.#nextAt] = [0, 0, 0, 0, 0];
  }

  #count({ factor, credential, config, automatic, enrolment, at, minted, outcome }: Send): void {
    // Without locks a session may be written while it is under way, and nobody knows which of the two the broker saw first. Only what was said against
    // other credentials than that session has proved counts then.
    if (minted !== undefined && minted !== this.#minted && outcome !== "locked") {
      if (outcome !== "refused" || config === this.#proved) return;
      this.#note(factor, credential);
      if (automatic) this.#refusals += 1;
      return;
    }
    switch (outcome) {
      case "accepted":
      case "free":
        return;
      case "told":
        if (automatic) this.#nextAt = Math.max(this.#nextAt, at + minuteMs);
        return;
      case "locked":
        this.#locked = true;
        this.#refuse(automatic);
        return;
      case "refused":
        this.#note(factor, credential);
        this.#refuse(automatic);
        return;
      case "unclear":
        // What a person typed comes by itself no second time: it is not what was unlocked.
        if (automatic || !isTyped(credential)) this.#granted = false;
        // The second of what may be refusals stops everybody, whatever was proved: there is no pause to wait for.
        if (factor === "mpin" && ++this.#unclearPins >= budget) this.#proved = undefined;
        if (enrolment) return;
        if (config !== this.#proved) {
          if (automatic) this.#unproved += 1;
          return;
        }
        this.#silent += 1;
        this.#nextAt = Math.max(this.#nextAt, at + (this.#silent === 1 ? minuteMs : 12 * minuteMs));
    }
  }

  #note(factor: ModelFactor, credential: string): void {
    if (factor !== "totp" || isTyped(credential) || this.#doubted.has(credential)) {
      this.#refused.add(credential);
      if (!isTyped(credential)) this.#stopped = { factor, credential };
    } else this.#doubted.add(credential);
  }

  #refuse(automatic: boolean): void {
    this.#granted = false;
    this.#proved = undefined;
    if (automatic) this.#refusals += 1;
  }

  #step(body: string, secret: string, typed: boolean): void {
    const code = /"totp":"?(\d{1,6})/.exec(body)?.[1]?.padStart(6, "0");
    const here = Math.floor(this.#broker.clock.now() / TOTP_STEP_MS);
    // Nearest first: the clocks may be far apart, and codes repeat now and then.
    const apart = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? index / 2 : -(index + 1) / 2));
    const found = apart.find((steps) => codeOf(secret, here + steps) === code);
    // A person may type anything.
    if (found === undefined) return typed ? undefined : this.break("a code of no time step");
    const step = here + found;
    // A code of a clock that was far ahead bars no other step.
    if (this.#steps.some((used) => used >= step && used - step <= nearSteps)) this.break("a time step is used again");
    this.#steps.push(step);
    return undefined;
  }

  #storedSessionLives(): boolean {
    const session = this.#record && fieldsOf(this.#record).session;
    if (session === undefined || session.expiresAt - this.#broker.clock.now() < certainlyLongMs) return false;
    return this.#broker.lives(tokenOf(session));
  }
}

const codes = new Map<string, string>();

/** Codes are asked for again and again, and each takes its time. */
function codeOf(secret: string, step: number): string {
  const key = `${secret} ${step}`;
  if (codes.size > 50_000) codes.clear();
  const code = codes.get(key) ?? totpCode(secret, step * TOTP_STEP_MS);
  codes.set(key, code);
  return code;
}

function keyOf({ pin, totp, secret }: ProgramConfig): string {
  return `${pin} ${totp} ${secret ?? ""}`;
}

function pinOf({ account }: ModelBroker, { pin }: ProgramConfig): string {
  return `MPIN ${pins[account][pin]}`;
}

function secretOf({ secret }: ProgramConfig): string | undefined {
  return secret === undefined ? undefined : `TOTP secret ${secret}`;
}

function isTyped(credential: string): boolean {
  return credential.startsWith("typed ");
}

interface StoredSession {
  readonly expiresAt: number;
  readonly tokens: { readonly sessionToken?: string; readonly token?: string };
}

/** An attempt in the record that is under way. */
interface OpenAttempt {
  readonly factor: ModelFactor;
  readonly at: number;
  readonly automatic: boolean;
  readonly configured: boolean;
  readonly enrolment?: true;
  readonly joint?: OpenAttempt;
}

interface StoredFields {
  /** Which record it is: one that was purged and made anew has another key. */
  readonly fingerprintKey?: unknown;
  readonly ledger: { readonly open?: OpenAttempt };
  readonly session?: StoredSession;
}

function fieldsOf({ body }: StoredRecord): StoredFields {
  return JSON.parse(new TextDecoder().decode(body)) as StoredFields;
}

function tokenOf(session: StoredSession | undefined): string {
  return session?.tokens.sessionToken ?? session?.tokens.token ?? "";
}
