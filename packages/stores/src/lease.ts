import { randomBytes } from "node:crypto";
import { isBrokerAuthError, type Lock, type LockOptions, type RecordKey } from "@x/core";
import { LockQueues } from "./lock-queues.ts";
import { deferred, LockWait } from "./lock-wait.ts";

/** What a server does for a lock that ends by itself. Each may be repeated: a token says whose it is. */
export interface LeaseSteps {
  /**
   * Takes the lock, or has it already under this token.
   * @returns how long to wait at most before the next try; 0 where it is taken
   * @throws BrokerAuthError `aborted` where the signal had fired before anything was sent
   */
  take(key: RecordKey, token: string, signal: AbortSignal | undefined): Promise<number>;
  /** Begins the lease anew. @returns false where it is not held any more */
  renew(key: RecordKey, token: string): Promise<boolean>;
  release(key: RecordKey, token: string): Promise<void>;
}

/** Tells a waiter that a lock may be free. A hint: waiters also look by themselves. */
export interface LeaseBell {
  /** It looks at the locks itself, for all waiters at once: no ring is lost, and no lock is over unnoticed. */
  readonly looks?: boolean;
  /** Whether it is told of each release. `soon`: it will ring all waiters when that begins. */
  readonly hears?: "now" | "soon" | undefined;
  listen(key: RecordKey, rung: () => void): () => void;
}

const firstPauseMs = 1;
const longestPauseMs = 500;
// Without a bell a lock is handed over at the next look: a short wait ends some milliseconds later than it could, a long one some hundredths of it.
// The more waiters a program has, the less often each of them looks.
const pauseInDeafnessMs = 20;
const shareOfWait = 1 / 32;
// Beside a bell that hears, looking is only for rings that were lost. A thousand waiters that look more often keep the server and themselves busy.
const pauseInHearingMs = 2_000;
// A look of each waiter beside one that looks for all of them would keep the server busy with nothing else. It tells whether the server is there.
const seldomMs = 5_000;

/** Locks that end by themselves where their holder does not renew them: every third of the lease, for as long as it holds them. */
export class Leases {
  readonly #steps: LeaseSteps;
  readonly #leaseMs: number;
  readonly #place: string;
  readonly #bell: LeaseBell;
  readonly #queues = new LockQueues();
  #waiting = 0;

  constructor(steps: LeaseSteps, { leaseMs, place, bell }: { leaseMs: number; place: string; bell: LeaseBell }) {
    this.#steps = steps;
    this.#leaseMs = leaseMs;
    this.#place = place;
    this.#bell = bell;
  }

  async lock(key: RecordKey, options: LockOptions): Promise<Lock> {
    const wait = new LockWait(this.#place, options);
    const token = randomBytes(12).toString("base64url");
    const { looks = false } = this.#bell;
    const { waited, leave } = await this.#queues.enter(key, wait);
    let rung: (() => void) | undefined;
    let deaf: (() => void) | undefined;
    let late = false;
    const begun = performance.now();
    this.#waiting += 1;
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
        // Made before looking, so that a ring between the look and the pause is not lost.
        const [bell, ring] = deferred();
        rung = ring;
        // Somebody had it a moment ago, or nobody would ask whether it is still needed: all waiters of a program look once, when the bell is hung. Where it
        // was somebody of this program, it has just been let go.
        if (options.needed !== undefined && deaf === undefined && !waited) {
          deaf = this.#bell.listen(key, () => rung?.());
          if (looks || this.#bell.hears === "soon") {
            await wait.pause(looks ? seldomMs * (0.5 + Math.random()) : longestPauseMs, bell);
            continue;
          }
        }
        await wait.requireNeed();
        const lease = new Lease(this.#steps, { key, token, leaseMs: this.#leaseMs, over: leave });
        const leftMs = await this.#take(key, token, options.signal);
        if (leftMs === 0 && lease.hold()) return lease;
        late = leftMs === 0;
        wait.requireTime();
        deaf ??= this.#bell.listen(key, () => rung?.());
        const random = 0.5 + Math.random();
        const deafMs = Math.max(pauseInDeafnessMs + this.#waiting, (performance.now() - begun) * shareOfWait);
        const lookMs = { now: pauseInHearingMs, soon: longestPauseMs, no: Math.min(pauseMs, deafMs) }[
          this.#bell.hears ?? "no"
        ];
        await wait.pause(
          looks && leftMs > 0 ? seldomMs * random : Math.min(lookMs * random, Math.max(leftMs, 1)),
          bell,
        );
      }
    } catch (error) {
      leave();
      // Taken too late to be held by us, it is held by the server all the same, where nobody would renew it or let it go.
      if (late) this.#steps.release(key, token).catch(() => undefined);
      throw error;
    } finally {
      this.#waiting -= 1;
      deaf?.();
    }
  }

  // One that failed may have been carried out all the same, now or later: then it is nobody's.
  async #take(key: RecordKey, token: string, signal: AbortSignal | undefined): Promise<number> {
    try {
      return await this.#steps.take(key, token, signal);
    } catch (error) {
      if (!isBrokerAuthError(error) || error.code !== "aborted") this.#steps.release(key, token).catch(() => undefined);
      throw error;
    }
  }
}

/** A lock that is held. It counts from before it was asked for: the server's time begins later, never earlier. */
class Lease implements Lock {
  readonly #steps: LeaseSteps;
  readonly #key: RecordKey;
  readonly #token: string;
  readonly #leaseMs: number;
  readonly #over: () => void;
  readonly #loss = new AbortController();
  #since = new Stopwatch();
  #renewal: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #released = false;

  /** @param lease `over` is called when it is held no more */
  constructor(
    steps: LeaseSteps,
    { key, token, leaseMs, over }: { key: RecordKey; token: string; leaseMs: number; over: () => void },
  ) {
    this.#steps = steps;
    this.#key = key;
    this.#token = token;
    this.#leaseMs = leaseMs;
    this.#over = over;
  }

  /** Looks at the clock, because a process that was held still has not run its timers yet. */
  get lost(): AbortSignal {
    if (!this.#released && this.#leftMs() <= 0) this.#lose();
    return this.#loss.signal;
  }

  /** Begins to renew. @returns false where taking it took longer than the lease */
  hold(): boolean {
    if (this.#leftMs() <= 0) return false;
    this.#arm();
    this.#renewal = setInterval(() => void this.#renew(), this.#leaseMs / 3).unref();
    return true;
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#stop();
    try {
      await this.#steps.release(this.#key, this.#token);
    } finally {
      this.#over();
    }
  }

  // Somewhat earlier than the server: what was begun just before the end is still on its way after it.
  #leftMs(): number {
    return this.#leaseMs * 0.9 - this.#since.elapsedMs();
  }

  async #renew(): Promise<void> {
    const since = new Stopwatch();
    try {
      const held = await this.#steps.renew(this.#key, this.#token);
      if (this.#released || this.#loss.signal.aborted) return;
      if (!held) return this.#lose();
      this.#since = since;
      this.#arm();
    } catch {
      // There are two more tries before it ends.
    }
  }

  #arm(): void {
    clearTimeout(this.#end);
    this.#end = setTimeout(() => this.#lose(), Math.max(this.#leftMs(), 0)).unref();
  }

  #lose(): void {
    this.#stop();
    this.#loss.abort();
    this.#over();
  }

  #stop(): void {
    clearInterval(this.#renewal);
    clearTimeout(this.#end);
  }
}

/** Time that went by, by either clock of the host: one of them stands still while the machine sleeps. */
class Stopwatch {
  readonly #begun = performance.now();
  readonly #began = Date.now();

  elapsedMs(): number {
    return Math.max(performance.now() - this.#begun, Date.now() - this.#began);
  }
}
