import { createHash } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { KnownDocuments } from "@x/config";
import { cacheDirectory } from "./cache-directory.ts";
import { readPrivately, writePrivately } from "./private-file.ts";
import { version } from "./version.ts";

/**
 * What a configuration in YAML said when it was last read, beside the compiled code: reading it as JSON takes a thirtieth of the time. It counts only
 * for the very same text, and everything that is said of a configuration is checked anew. A configuration with a secret in it is not kept.
 */
export class ConfigurationCache implements KnownDocuments {
  readonly #file: string | undefined;
  #draft: string | undefined;

  constructor(path: string, folder: string | undefined = cacheDirectory()) {
    this.#file = folder === undefined ? undefined : join(folder, `configuration-${digest(path).slice(0, 16)}.json`);
  }

  find(text: string): unknown {
    if (this.#file === undefined) return undefined;
    try {
      const { of, document } = JSON.parse(readPrivately(this.#file)) as {
        readonly of: unknown;
        readonly document: unknown;
      };
      return of === keyOf(text) ? document : undefined;
    } catch {
      return undefined;
    }
  }

  keep(text: string, document: unknown): void {
    const kept = JSON.stringify(document);
    // JSON has no Infinity and no bytes: what does not come back as it was is read from YAML each time. The address of a store may hold a password.
    if ("store" in (document as object) || !isDeepStrictEqual(JSON.parse(kept), document)) return;
    this.#draft = JSON.stringify({ of: keyOf(text), document });
  }

  /** Writes what was kept. @param harmless whether the configuration holds no secret itself */
  write(harmless: boolean): void {
    if (this.#draft === undefined || this.#file === undefined || !harmless) return;
    try {
      writePrivately(this.#file, this.#draft);
    } catch {
      // The next start reads YAML once more.
    }
  }
}

// Another version may read YAML in another way.
function keyOf(text: string): string {
  return digest(`${version()}\n${text}`);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
