import { createHash } from "node:crypto";
import type { RedisCommands } from "./redis-client.ts";
import { notScripted } from "./redis-failure.ts";

/** A script that the server runs as one step. It is sent whole only where the server does not know it. */
export class RedisScript {
  readonly #text: string;
  readonly #sha: string;

  constructor(text: string) {
    this.#text = text;
    this.#sha = createHash("sha1").update(text).digest("hex");
  }

  async run(commands: RedisCommands, key: string, ...given: (string | Uint8Array)[]): Promise<unknown> {
    const options = { keys: [key], arguments: given };
    try {
      return await commands.evalSha(this.#sha, options);
    } catch (error) {
      if (!notScripted(error)) throw error;
      return commands.eval(this.#text, options);
    }
  }
}

// Numbers are compared as text: in Lua they are doubles, and writing them out loses digits. The body is never looked at.

/** Expected revision, writer, next revision, header, body. A write that was repeated is told by its writer. */
export const swapScript: RedisScript = new RedisScript(`
local found = redis.call("HMGET", KEYS[1], "revision", "writer")
if found[2] == ARGV[2] then return 1 end
if not found[1] and redis.call("EXISTS", KEYS[1]) == 1 then return -1 end
if (found[1] or "0") ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "revision", ARGV[3], "header", ARGV[4], "body", ARGV[5], "writer", ARGV[2])
return 1`);

/** Token, lease. 0 where it is held under this token; otherwise how long it lasts. */
export const takeScript: RedisScript = new RedisScript(`
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return math.max(redis.call("PTTL", KEYS[1]), 1) end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 0`);

/** Token, lease. */
export const renewScript: RedisScript = new RedisScript(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])`);

/** Token, channel, message. */
export const releaseScript: RedisScript = new RedisScript(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("DEL", KEYS[1])
return redis.call("PUBLISH", ARGV[2], ARGV[3])`);
