import { createHash } from "node:crypto";
import type { StoredRecord, TokenStore } from "@x/core";
import { type CheckedRecords, storedSession } from "@x/core/stored-session";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";

/** What a command that is started for one answer takes from the store; undefined where it has to ask an engine. */
export class EnginelessCommand {
  readonly #store: TokenStore;
  readonly #now: () => number;
  readonly #known = new Set<string>();

  /** @param now the time of the host */
  constructor(store: TokenStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async session(account: never): Promise<{ readonly generation: number; readonly expiresAt: number } | undefined> {
    const checked: CheckedRecords = {
      has: (record) => this.#known.has(noteOf(record)),
      keep: (record) => void this.#known.add(noteOf(record)),
    };
    return storedSession({
      brokers: [nubra(), kotakNeo()],
      accounts: { it: account },
      account: "it",
      store: this.#store,
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      now: this.#now,
      checked,
    });
  }
}

function noteOf({ revision, header, body }: StoredRecord): string {
  return JSON.stringify([revision, header, new TextDecoder().decode(body)]);
}
