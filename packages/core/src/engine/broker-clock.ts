import type { ClockOffset } from "../record/account-record.ts";
import { answerAge } from "../adapter-kit/answer-date.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEventFacts } from "./broker-event.ts";
import { isDoubted, isFresh, isTooFar, measuredOffset, type RoundTrip, tooFarApart } from "./clock-offset.ts";
import { type Platform } from "./platform.ts";
import { clocksApartMs } from "../record/elapsed.ts";
import { handsOn } from "../adapter-kit/sending-fetch.ts";
import { isReadableAnswer, noteReadable, requireAnswer } from "../adapter-kit/readable-answer.ts";
import { neverLeft } from "../adapter-kit/unsent-failure.ts";

interface Measurement extends ClockOffset {
  /** The platform's monotonic clock at that moment. */
  readonly monotonicAt: number;
}

interface Glance {
  /** Epoch milliseconds by the host's clock. */
  readonly at: number;
  readonly offsetMs: number;
  readonly recorded: ClockOffset | undefined;
}

export interface BrokerClockOptions {
  readonly platform: Platform;
  /** Whether the records are written on this host alone, so that a difference that is found in one is that of this host's clock. */
  readonly ofThisHost: boolean;
  readonly emit: (facts: BrokerAuthEventFacts) => void;
}

// A measurement of this process is good for so long, as the clock that nobody can set shows.
const trustedForMs = 6 * 3_600_000;
// The host's clock and the monotonic one may drift apart by this much before the host's was set.
const unsetMs = 1_000;
// The Date header is precise to a second.
const noticeableMs = 2_000;
// A host's clock that is set by less counts as unset anyway.
const glancedMs = unsetMs;

/**
 * What this process knows of the clock of an account's broker. Every answer of the broker tells it; asked for is it only where a code is to be
 * made and nothing recent is known.
 */
export class BrokerClock {
  readonly #options: BrokerClockOptions;
  #measured: Measurement | undefined;
  #dated = 0;
  #tooFarMs: number | undefined;
  #rough: Measurement | undefined;
  #glanced: Glance | undefined;
  #toldMs = 0;

  constructor(options: BrokerClockOptions) {
    this.#options = options;
  }

  /** The measurement of this process, while it can be trusted: for six hours, unless the host's clock was set meanwhile. */
  get own(): ClockOffset | undefined {
    return this.#standing(this.#measured);
  }

  #standing(measured: Measurement | undefined): ClockOffset | undefined {
    const { platform } = this.#options;
    if (measured === undefined) return undefined;
    const elapsedMs = platform.monotonic() - measured.monotonicAt;
    const apartMs = platform.now() - measured.measuredAt - elapsedMs;
    if (elapsedMs > trustedForMs || Math.abs(apartMs) > unsetMs) return undefined;
    return { offsetMs: measured.offsetMs, measuredAt: measured.measuredAt };
  }

  /** What is known now: of this process, else what another one of this host measured within the last minute. */
  known(recorded: ClockOffset | undefined): ClockOffset | undefined {
    const { platform, ofThisHost } = this.#options;
    return this.own ?? (ofThisHost && isFresh(recorded, platform.now()) ? recorded : undefined);
  }

  /** The last that is known at all: too old to make a code by, and good enough for what is measured in minutes. */
  latest(recorded: ClockOffset | undefined): ClockOffset | undefined {
    return this.own ?? (this.#options.ofThisHost && !isDoubted(recorded) ? recorded : undefined);
  }

  /** The same, and a difference that no code would be made by: whether a session is over is told by it all the same. */
  widest(recorded: ClockOffset | undefined): ClockOffset | undefined {
    const rough = this.#standing(this.#rough);
    return rough !== undefined && isTooFar(rough.offsetMs) ? rough : this.latest(recorded);
  }

  /** The broker's time for what several programs compare in minutes, on hosts whose clocks may be far apart: any difference will do. */
  moment(recorded: ClockOffset | undefined): number {
    const found = this.#standing(this.#rough) ?? (this.#options.ofThisHost ? recorded : undefined);
    return this.#options.platform.now() + (found?.offsetMs ?? 0);
  }

  /** Whether that moment is more than a guess by the host's clock. */
  knowsMoment(recorded: ClockOffset | undefined): boolean {
    return this.#standing(this.#rough) !== undefined || this.known(recorded) !== undefined;
  }

  /** Whether a moment that is over by this host's clock may lie ahead: other hosts go by it too, and nothing is known of the difference. */
  mayHaveErred(moment: number | undefined): boolean {
    const { platform, ofThisHost } = this.#options;
    return !ofThisHost && moment !== undefined && moment > platform.now() - clocksApartMs;
  }

  /** How far off this host's clock may be for all that is known, in milliseconds: hosts that share a store may have clocks of their own. */
  unsureMs(recorded: ClockOffset | undefined): number {
    return this.#options.ofThisHost || this.knowsMoment(recorded) ? 0 : clocksApartMs;
  }

  /** Such a moment as this host's clock will show it: people look at their own. */
  shown(moment: number, recorded: ClockOffset | undefined): number {
    return moment - (this.moment(recorded) - this.#options.platform.now());
  }

  /** The broker's time in epoch milliseconds, as well as it is known. */
  now(recorded: ClockOffset | undefined): number {
    return this.#options.platform.now() + (this.known(recorded)?.offsetMs ?? 0);
  }

  /**
   * The broker's time for the session at hand, whose margin is longer than a second: it is asked at every call, and reads the host's clock once. The difference
   * is looked at anew after a second of that clock, at once where it was set, and with every answer that tells another.
   */
  glance(recorded: ClockOffset | undefined): number {
    const at = this.#options.platform.now();
    const glanced = this.#glanced;
    if (glanced !== undefined && glanced.recorded === recorded && at >= glanced.at && at - glanced.at < glancedMs) {
      return at + glanced.offsetMs;
    }
    const offsetMs = this.widest(recorded)?.offsetMs ?? 0;
    this.#glanced = { at, offsetMs, recorded };
    return at + offsetMs;
  }

  /** Whether the clock was measured since this moment of the monotonic clock. */
  measuredSince(monotonicAt: number): boolean {
    return (this.#measured?.monotonicAt ?? -Infinity) >= monotonicAt;
  }

  /** A fetch whose answers tell the time. */
  listening(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    const listening: typeof fetch = async (input, init) => {
      const from = this.reading();
      const response = await fetch(input, init);
      requireAnswer(response);
      if (!isReadableAnswer(response)) return response;
      noteReadable(fetch);
      this.hear(response, from);
      return response;
    };
    return handsOn(listening, fetch);
  }

  /**
   * Asks the broker, where nothing recent is known. An answer that does not tell the time leaves it unknown, and the login goes on. No answer at
   * all ends it: the next call would carry a factor to where nobody answers.
   * @throws BrokerAuthError `broker_unavailable` when no answer came, `configuration` when the call could not be made, `clock_skew` when the
   * difference is too large to be corrected
   */
  async ask(recorded: ClockOffset | undefined, serverTime: () => Promise<number>): Promise<void> {
    if (this.known(recorded) !== undefined) return;
    const [from, dated] = [this.reading(), this.#dated];
    this.#tooFarMs = undefined;
    const told = await serverTime().catch((error: unknown) => {
      const ending = withoutAnswer(error);
      if (ending !== undefined) throw ending;
      return undefined;
    });
    // An adapter may know the time by other means than a Date.
    if (this.#dated === dated && told !== undefined) this.#learn(told, 0, from);
    if (this.#tooFarMs !== undefined) throw tooFarApart(this.#tooFarMs);
  }

  /** A refused code may have been made with a wrong idea of the time. */
  forget(): void {
    this.#measured = undefined;
    this.#glanced = undefined;
  }

  /** Takes note of the time that an answer tells. @param from when its request left */
  hear({ headers }: Response, from: ClockReading): void {
    const header = (name: string): string | undefined => headers.get(name) ?? undefined;
    if (header("date") !== undefined) this.#dated += 1;
    const age = answerAge(header);
    // The header is cut to whole seconds: the middle of the second is the best guess.
    if (age !== undefined) this.#learn(age.datedAt + 500, age.ageMs, from);
  }

  #learn(brokerAt: number, ageMs: number, from: ClockReading): void {
    const to = this.reading();
    const trip: RoundTrip = { sentAt: from.now, answeredAt: to.now, tookMs: to.monotonic - from.monotonic };
    const offset = measuredOffset(brokerAt, ageMs, trip, this.own?.offsetMs ?? 0);
    if (offset === undefined) return;
    const measured = { ...offset, monotonicAt: to.monotonic };
    this.#rough = measured;
    this.#glanced = undefined;
    if (isTooFar(offset.offsetMs)) {
      this.#tooFarMs = offset.offsetMs;
      return;
    }
    this.#measured = measured;
    this.#tell(offset.offsetMs);
  }

  /** What this host's clocks show. */
  reading(): ClockReading {
    const { platform } = this.#options;
    return { now: platform.now(), monotonic: platform.monotonic() };
  }

  #tell(offsetMs: number): void {
    const toldMs = this.#toldMs;
    if (Math.abs(offsetMs - toldMs) <= noticeableMs) return;
    this.#toldMs = offsetMs;
    if (Math.abs(offsetMs) <= noticeableMs) return;
    const seconds = Math.round(offsetMs / 1000);
    this.#options.emit({
      type: "warning",
      code: "clock_offset",
      message: `this computer's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "behind" : "ahead of"} the broker's; codes are corrected for it`,
    });
  }
}

export interface ClockReading {
  readonly now: number;
  readonly monotonic: number;
}

// An error with a status was made of an answer; whatever that says, the broker is there.
export function withoutAnswer(error: unknown): BrokerAuthError | undefined {
  if (isBrokerAuthError(error)) {
    const { code, status } = error;
    return code === "configuration" || (code === "broker_unavailable" && status === undefined) ? error : undefined;
  }
  if (!neverLeft(error)) return undefined;
  return new BrokerAuthError("broker_unavailable", "the broker could not be reached; nothing was sent", {
    cause: error,
  });
}
