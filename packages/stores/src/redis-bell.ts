import type { RecordKey } from "@x/core";
import type { LeaseBell } from "./lease.ts";
import { listenerOf, type RedisClient, type RedisListener } from "./redis-client.ts";

/**
 * Rings when a lock was let go by any program, by a message of Redis. It has a connection of its own, only while somebody waits. One that cannot be
 * had costs some milliseconds, because waiters also look by themselves.
 */
export class RedisBell implements LeaseBell {
  readonly #client: RedisClient;
  readonly #channel: string;
  readonly #waiting = new Map<RecordKey, Set<() => void>>();
  #joined: AbortController | undefined;
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
    if (this.#joined === undefined) void this.#join((this.#joined = new AbortController()));
    return () => {
      set.delete(rung);
      if (set.size > 0 || this.#waiting.get(key) !== set) return;
      this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.stop();
    };
  }

  stop(): void {
    const joined = this.#joined;
    this.#joined = undefined;
    this.#listener = undefined;
    this.#hears = undefined;
    joined?.abort();
  }

  async #join({ signal }: AbortController): Promise<void> {
    this.#hears = "soon";
    try {
      const listener = await listenerOf(this.#client);
      // A client that is ended while it connects is connected all the same, and stays so: it is ended once more at each step.
      const left = (): boolean => {
        if (signal.aborted) void end(listener);
        return signal.aborted;
      };
      signal.addEventListener("abort", left);
      if (left()) return;
      this.#listener = listener;
      // Without a listener a lost connection would end the process.
      listener.on("error", () => undefined);
      listener.on("connect", left);
      // Connected anew, it has not heard what was let go meanwhile.
      listener.on("ready", () => left() || this.#ringAll());
      await listener.connect();
      if (left()) return;
      await listener.subscribe(this.#channel, (key) => {
        for (const rung of this.#waiting.get(key) ?? []) rung();
      });
      if (left()) return;
    } catch {
      if (!signal.aborted) this.#hears = undefined;
      return;
    }
    this.#hears = "now";
    // What was let go before this was heard by nobody.
    this.#ringAll();
  }

  #ringAll(): void {
    if (this.#hears === "now") for (const set of this.#waiting.values()) for (const rung of set) rung();
  }
}

async function end(listener: RedisListener): Promise<void> {
  try {
    await listener.destroy();
  } catch {
    // It was never connected.
  }
}
