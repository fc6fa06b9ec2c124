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
  readonly #failed: (error: unknown) => void;
  readonly #waiting = new Map<RecordKey, Set<() => void>>();
  #joined: AbortController | undefined;
  #hears: LeaseBell["hears"];

  /** @param failed told why it cannot hear */
  constructor(client: RedisClient, channel: string, failed: (error: unknown) => void) {
    this.#client = client;
    this.#channel = channel;
    this.#failed = failed;
  }

  get hears(): LeaseBell["hears"] {
    return this.#hears;
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
    this.#hears = undefined;
    joined?.abort();
  }

  async #join({ signal }: AbortController): Promise<void> {
    this.#hears = "soon";
    let leave: (() => void) | undefined;
    try {
      const listener = await listenerOf(this.#client);
      leave = () => void end(listener);
      // A client that is ended while it connects is connected all the same, and stays so: it is ended once more at each step.
      const left = (): boolean => {
        if (signal.aborted) leave?.();
        return signal.aborted;
      };
      let subscribed = false;
      signal.addEventListener("abort", left);
      if (left()) return;
      // Without a listener a lost connection would end the process.
      listener.on("error", () => left() || this.#turn(undefined));
      listener.on("connect", left);
      // Connected anew, it has not heard what was let go meanwhile.
      listener.on("ready", () => left() || (subscribed && this.#turn("now")));
      await listener.connect();
      if (left()) return;
      await listener.subscribe(this.#channel, (key) => this.#ring(key));
      if (left()) return;
      subscribed = true;
      // What was let go before this was heard by nobody.
      this.#turn("now");
    } catch (error) {
      leave?.();
      if (signal.aborted) return;
      this.#turn(undefined);
      this.#failed(error);
    }
  }

  // Whoever waits looks now, and then as often as befits what it hears from now on.
  #turn(hears: LeaseBell["hears"]): void {
    if (this.#hears === hears) return;
    this.#hears = hears;
    for (const key of this.#waiting.keys()) this.#ring(key);
  }

  #ring(key: RecordKey): void {
    for (const rung of this.#waiting.get(key) ?? []) rung();
  }
}

async function end(listener: RedisListener): Promise<void> {
  try {
    await listener.destroy();
  } catch {
    // It was never connected.
  }
}
