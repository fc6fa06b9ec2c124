import { createHash } from "node:crypto";
import { join } from "node:path";
import type { StoredRecord } from "@x/core";
import type { CheckedRecords } from "@x/core/stored-session";
import { cacheDirectory } from "./cache-directory.ts";
import { readPrivately, writePrivately } from "./private-file.ts";
import { version } from "./version.ts";

const most = 64;

/**
 * Which records this version has checked, beside the compiled code: a digest of all that they hold, for each. Nothing can be guessed from one,
 * because a record holds random keys.
 */
export class CheckedRecordNotes implements CheckedRecords {
  readonly #file: string | undefined;

  constructor(folder: string | undefined = cacheDirectory()) {
    this.#file = folder === undefined ? undefined : join(folder, "checked-records.json");
  }

  has(record: StoredRecord): boolean {
    return this.#digests().includes(digest(record));
  }

  keep(record: StoredRecord): void {
    if (this.#file === undefined) return;
    try {
      writePrivately(this.#file, JSON.stringify([digest(record), ...this.#digests()].slice(0, most)));
    } catch {
      // The next start checks it once more.
    }
  }

  #digests(): readonly unknown[] {
    if (this.#file === undefined) return [];
    try {
      const digests: unknown = JSON.parse(readPrivately(this.#file));
      return Array.isArray(digests) ? digests : [];
    } catch {
      return [];
    }
  }
}

// Another version may have another schema.
function digest({ revision, header, body }: StoredRecord): string {
  const { state, expiresAt, generation, obtainedBy } = header;
  return createHash("sha256")
    .update(JSON.stringify([version(), revision, state, expiresAt, generation, obtainedBy]))
    .update(body)
    .digest("base64url");
}
