import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { memoryStore, type TokenStore } from "@x/core";
import { encrypted, storeKey } from "@x/stores/encrypted";
import { sqliteStore } from "@x/stores/sqlite";
import type { Overheard } from "../secrets/overheard.ts";

/** A plain store, a sealed one, and a sealed one on the disk, in turns. */
export class LeakStores {
  readonly plainBodies: string[] = [];
  readonly #directory: string;
  /** What lies below the seal: what a thief of the store would see. */
  readonly #below = new WeakMap<TokenStore, TokenStore>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  next(index: number): TokenStore {
    if (index % 3 === 0) return memoryStore();
    const key = storeKey(crypto.getRandomValues(new Uint8Array(32)), "the proof's key");
    const under = index % 3 === 1 ? memoryStore() : sqliteStore({ directory: join(this.#directory, String(index)) });
    const store = encrypted(under, { keys: async () => [key] });
    this.#below.set(store, under);
    return store;
  }

  /** Names and headers of all records; bodies as they lie there. */
  async overhear(store: TokenStore, overheard: Overheard): Promise<void> {
    const below = this.#below.get(store) ?? store;
    overheard.value(store);
    for await (const key of below.keys()) {
      const record = await below.read(key);
      if (record === undefined) continue;
      overheard.text(key);
      overheard.value({ ...record, body: undefined });
      const body = Buffer.from(record.body).toString("latin1");
      if (below !== store) overheard.text(body);
      else this.plainBodies.push(body);
    }
    await store.close();
  }

  async files(): Promise<readonly string[]> {
    const found = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile());
    return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")));
  }
}
