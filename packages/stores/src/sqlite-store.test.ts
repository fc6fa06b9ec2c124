import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeConformance } from "@x/core/testing";
import { describe, it } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { keyFile } from "./key-file-source.ts";
import { sqliteStore } from "./sqlite-store.ts";

function temporary(): { directory: string; readonly cleanup: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "broker-auth-store-"));
  return { directory, cleanup: () => rmSync(directory, { recursive: true }) };
}

describe("SQLite", () => {
  storeConformance({ describe, it }, () => {
    const { directory, cleanup } = temporary();
    return { open: () => sqliteStore({ directory: join(directory, "store") }), cleanup };
  });
});

describe("encrypted SQLite", () => {
  storeConformance({ describe, it }, () => {
    const { directory, cleanup } = temporary();
    return {
      open: () =>
        encrypted(sqliteStore({ directory: join(directory, "store") }), keyFile(join(directory, "keys", "key"))),
      cleanup,
    };
  });
});
