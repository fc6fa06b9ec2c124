import type { RedisClient, RedisCommands } from "./redis-client.ts";

// Commands that begin so close together share an end.
const longestSpanMs = 100;

/**
 * Commands that are dropped where they could not be sent in this time. The client's own option for that makes a signal and a timer for each
 * command, which is half of what a command costs, so those that begin in the same moments share one. Some end a little earlier for it, never later.
 */
export function droppedUnsent(client: RedisClient, timeoutMs: number): () => RedisCommands {
  const spanMs = Math.min(longestSpanMs, timeoutMs / 8);
  let commands: RedisCommands | undefined;
  let until = 0;
  return () => {
    const now = performance.now();
    if (commands !== undefined && now < until) return commands;
    until = now + spanMs;
    const unsent = new AbortController();
    // A reason of its own: the usual one takes the stack each time.
    setTimeout(() => unsent.abort("not sent in time"), timeoutMs).unref();
    // 36 is the type of texts in Redis's protocol: they come as bytes.
    commands = client.withCommandOptions({ typeMapping: { 36: Buffer }, timeout: 0, abortSignal: unsent.signal });
    return commands;
  };
}
