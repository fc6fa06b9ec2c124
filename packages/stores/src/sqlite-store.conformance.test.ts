import { join } from "node:path";
import { storeConformance } from "@x/core/testing";
import { describe, it } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { keyFile } from "./key-file-source.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { temporaryDirectory } from "./testing/temporary-directory.ts";
import { startStoreProcess } from "./testing/store-process.ts";

describe("SQLite", () => {
  storeConformance(
    { describe, it },
    () => {
      const directory = join(temporaryDirectory(), "store");
      return {
        open: () => sqliteStore({ directory, plaintext: "i-understand" }),
        spawn: () => startStoreProcess({ kind: "sqlite", directory }),
      };
    },
    { processes: true },
  );
});

describe("encrypted SQLite", () => {
  storeConformance({ describe, it }, () => {
    const directory = temporaryDirectory();
    return {
      open: () =>
        encrypted(sqliteStore({ directory: join(directory, "store") }), keyFile(join(directory, "keys", "key"))),
    };
  });
});
