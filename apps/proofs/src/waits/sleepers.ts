import { setImmediate as turn } from "node:timers/promises";
import { BrokerAuthError } from "@x/core";
import type { FakeClock } from "@x/core/testing";

/** Sleeps that end when they are told to, or by their signal; the clock is then as late as it would be. */
export class Sleepers {
  readonly #clock: Pick<FakeClock, "now" | "set">;
  readonly #asleep = new Set<() => void>();

  constructor(clock: Pick<FakeClock, "now" | "set">) {
    this.#clock = clock;
  }

  readonly sleep: FakeClock["sleep"] = async (ms, signal) => {
    const until = this.#clock.now() + ms;
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => wake(), { once: true });
    if (signal?.aborted !== true) {
      this.#asleep.add(wake);
      await woken.finally(() => this.#asleep.delete(wake));
    }
    if (signal?.aborted) throw new BrokerAuthError("aborted", "the wait was ended by its signal");
    this.#clock.set(Math.max(this.#clock.now(), until));
  };

  /** Resolves when so many sleep at once. Waking before that would move the clock under the others. */
  async asleep(count: number): Promise<void> {
    while (this.#asleep.size < count) await turn();
  }

  /** Wakes whoever sleeps, again and again until the work is through. */
  async wakeFor<Result>(work: Promise<Result>): Promise<Result> {
    const state = { through: false };
    const end = work.finally(() => (state.through = true));
    while (!state.through) {
      for (const wake of this.#asleep) wake();
      await Promise.race([end, turn()]).catch(() => undefined);
    }
    return end;
  }
}
