/** What the store needs of a `Pool` of the package `pg`. Made by its owner, and ended by its owner. */
export interface PostgresPool {
  connect(): Promise<PostgresConnection>;
  on(event: "error", listener: (error: Error) => void): unknown;
  listenerCount(event: "error"): number;
}

/** A connection of the pool, lent for one statement. */
export interface PostgresConnection {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }>;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  /** @param broken ends it: the next one gets a new connection */
  release(broken?: Error): void;
}

/** A list goes to an array of the server. */
export type PostgresValue = string | Uint8Array | readonly string[];

export interface PostgresQuery {
  text: string;
  values: PostgresValue[];
  /** After so many milliseconds without an answer the connection is given up. */
  query_timeout: number;
}
