/**
 * What the store needs of a client of the package `redis`: `createClient()`, `createCluster()` and `createSentinel()` make such. Connected by its
 * owner, and ended by its owner.
 */
export interface RedisClient {
  /** False once it was closed for good. */
  readonly isOpen: boolean;
  /** False while it has no connection. */
  readonly isReady: boolean;
  on(event: "error", listener: (error: unknown) => void): unknown;
  withCommandOptions(options: object): RedisCommands;
  duplicate(): RedisListener;
}

export interface RedisCommands {
  hmGet(key: string, fields: string[]): Promise<unknown>;
  del(key: string): Promise<unknown>;
  evalSha(sha: string, options: object): Promise<unknown>;
  eval(script: string, options: object): Promise<unknown>;
}

/** A connection of its own for messages. */
export interface RedisListener {
  on(event: "error" | "connect" | "ready", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  destroy(): unknown;
}

/** One server. */
export interface RedisNode {
  scan(cursor: string, options: { MATCH: string; COUNT: number }): Promise<unknown>;
  info(section: string): Promise<unknown>;
}

/** A client of its own for messages, not connected yet. In a cluster each server passes on the messages of all, so one connection is enough. */
export async function listenerOf(client: RedisClient): Promise<RedisListener> {
  const { masters, nodeClient } = client as Partial<RedisCluster>;
  const master = masters?.[Math.floor(Math.random() * masters.length)];
  if (master === undefined || nodeClient === undefined) return client.duplicate();
  return (await nodeClient.call(client, master)).duplicate();
}

/** The servers that records lie on: the masters of a cluster, or the one behind the client. */
export async function nodesOf(client: RedisClient): Promise<readonly RedisNode[]> {
  const { masters, nodeClient } = client as Partial<RedisCluster>;
  if (masters === undefined || nodeClient === undefined) return [client as unknown as RedisNode];
  return Promise.all(masters.map((master) => nodeClient.call(client, master)));
}

interface RedisCluster {
  readonly masters: readonly unknown[];
  nodeClient(master: unknown): Promise<RedisNode & Pick<RedisClient, "duplicate">>;
}
