import { storeConformance } from "@x/core/testing";
import { describe, it } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { storeKey } from "./store-key.ts";
import { bouncerProgram, postgresProgram, startBouncedPostgres, startPostgres } from "./testing/postgres-server.ts";
import { serverEnvironments } from "./testing/server-environment.ts";
import { isMissing } from "./testing/server-program.ts";
import type { StoreAddress } from "./testing/store-address.ts";

const missing = isMissing(postgresProgram);
const noBouncer = missing || isMissing(bouncerProgram);
const note = missing ? " (not run: postgresql is not installed)" : "";
const shared = { leaseMs: 900, timeoutMs: 1_000 };
const addressOf = (url: string, apart: string | undefined): StoreAddress => ({
  kind: "postgres",
  url,
  apart,
  ...shared,
});
const source = { keys: async () => [storeKey(Buffer.alloc(32, 5), "the test")] };

describe.skipIf(missing)(`PostgreSQL${note}`, () => {
  storeConformance({ describe, it }, serverEnvironments(startPostgres, addressOf), {
    ...shared,
    processes: true,
    server: true,
  });
});

describe.skipIf(missing)(`encrypted PostgreSQL${note}`, () => {
  const environments = serverEnvironments(startPostgres, addressOf, (store) => encrypted(store, source));
  storeConformance({ describe, it }, environments, shared);
});

describe.skipIf(noBouncer)(
  `PostgreSQL through PgBouncer in transaction mode${noBouncer ? " (not run: pgbouncer or postgresql is not installed)" : ""}`,
  () => {
    storeConformance({ describe, it }, serverEnvironments(startBouncedPostgres, addressOf), {
      ...shared,
      processes: true,
    });
  },
);
