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
  #subscribed = false;

  constructor(client: RedisClient, channel: string) {
    this.#client = client;
    this.#channel = channel;
  }

  get hears(): boolean {
    return this.#subscribed && this.#listener?.isReady === true;
  }

  listen(key: RecordKey, rung: () => void): () => void {
    const set = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, set.add(rung));
    if (this.#listener === undefined) void this.#connect().catch(() => undefined);
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
    this.#subscribed = false;
    try {
      listener?.destroy();
    } catch {
      // It was never connected.
    }
  }

  async #connect(): Promise<void> {
    const listener = this.#client.duplicate();
    this.#listener = listener;
    // Without a listener a lost connection would end the process.
    listener.on("error", () => undefined);
    await listener.connect();
    await listener.subscribe(this.#channel, (key) => {
      for (const rung of this.#waiting.get(key) ?? []) rung();
    });
    // It may have been stopped meanwhile, and another one begun.
    this.#subscribed = this.#listener === listener;
    // What was let go before this was heard by nobody.
    for (const set of this.#waiting.values()) for (const rung of set) rung();
  }
}
