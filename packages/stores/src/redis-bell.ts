import type { RecordKey } from "@x/core";
import type { LeaseBell } from "./lease.ts";
import type { RedisClient, RedisListener } from "./redis-client.ts";

/**
 * Rings when a lock was let go by any program, by a message of Redis. It has a connection of its own, only while somebody waits. One that cannot be
 * had costs some milliseconds, because waiters also look by themselves.
 */
export class RedisBell implements LeaseBell {
  readonly #client: RedisClient;
  readonly #channel: string;
  readonly #waiting = new Map<RecordKey, Set<() => void>>();
  #listener: RedisListener | undefined;
  #hears: LeaseBell["hears"];

  constructor(client: RedisClient, channel: string) {
    this.#client = client;
    this.#channel = channel;
  }

  get hears(): LeaseBell["hears"] {
    return this.#hears === "now" && this.#listener?.isReady !== true ? undefined : this.#hears;
  }

  listen(key: RecordKey, rung: () => void): () => void {
    const set = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, set.add(rung));
    if (this.#listener === undefined) void this.#join();
    return () => {
      set.delete(rung);
      if (set.size > 0 || this.#waiting.get(key) !== set) return;
      this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.stop();
    };
  }

  stop(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#hears = undefined;
    try {
      listener?.destroy();
    } catch {
      // It was never connected.
    }
  }

  async #join(): Promise<void> {
    const listener = this.#client.duplicate();
    this.#listener = listener;
    this.#hears = "soon";
    try {
      // Without a listener a lost connection would end the process.
      listener.on("error", () => undefined);
      // Connected anew, it has not heard what was let go meanwhile.
      listener.on("ready", () => this.#ringAll());
      await listener.connect();
      await listener.subscribe(this.#channel, (key) => {
        for (const rung of this.#waiting.get(key) ?? []) rung();
      });
    } catch {
      if (this.#listener === listener) this.#hears = undefined;
      return;
    }
    // It may have been stopped meanwhile, and another one begun.
    if (this.#listener !== listener) return;
    this.#hears = "now";
    // What was let go before this was heard by nobody.
    this.#ringAll();
  }

  #ringAll(): void {
    if (this.#hears === "now") for (const set of this.#waiting.values()) for (const rung of set) rung();
  }
}
