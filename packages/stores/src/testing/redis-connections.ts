import type { TokenStore } from "@x/core";
import type { RedisServer } from "./redis-server.ts";
import { codeOf, key } from "./sample.ts";

type Asked = Pick<RedisServer, "command">;

/** How many connections these servers have together, those of the question included. */
export async function connectionsOf(servers: readonly Asked[]): Promise<number> {
  const lists = await Promise.all(servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "normal")));
  const hearing = await Promise.all(servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "pubsub")));
  return [...lists, ...hearing].flatMap((list) => String(list).split("\n").filter(Boolean)).length;
}

// In turns of the event loop: a connection is made, greeted and told its channel within some of them.
const moments = [...Array.from({ length: 24 }, (_, turns) => turns), 30, 40, 60, 90, 150, 300, 1_000];

/**
 * How many connections are left behind by waits for the first account's lock, which somebody holds, that end at one moment after the other.
 * @param begun resolves when a wait has come as far as the first moment
 */
export async function connectionsLeft(
  store: TokenStore,
  servers: readonly Asked[],
  begun: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  await store.read(key(1));
  const before = await connectionsOf(servers);
  for (const turns of moments) {
    const gone = new AbortController();
    const ready = begun();
    const patient = [0, 1, 2].map(() => codeOf(store.lock(key(1), { waitMs: 20_000, signal: gone.signal })));
    const closed = turns % 2 === 0 ? [codeOf(store.lock(key(1), { waitMs: 20_000 }))] : [];
    await ready;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (closed.length > 0) await store.close();
    gone.abort();
    await Promise.all([...patient, ...closed]);
  }
  // What was made is not told at the same moment.
  const until = performance.now() + 3_000;
  for (;;) {
    const left = (await connectionsOf(servers)) - before;
    if (left === 0 || performance.now() > until) return left;
  }
}
