import { storeConformance } from "@x/core/testing";
import { describe, it } from "vitest";
import { encrypted } from "./encrypted-store.ts";
import { storeKey } from "./store-key.ts";
import { redisProgram, startRedis } from "./testing/redis-server.ts";
import { serverEnvironments } from "./testing/server-environment.ts";
import { isMissing } from "./testing/server-program.ts";
import type { StoreAddress } from "./testing/store-address.ts";

const missing = isMissing(redisProgram);
const note = missing ? " (not run: redis-server is not installed)" : "";
const shared = { leaseMs: 900, timeoutMs: 1_000 };
const addressOf = (url: string, apart: string | undefined): StoreAddress => ({ kind: "redis", url, apart, ...shared });
const source = { keys: async () => [storeKey(Buffer.alloc(32, 5), "the test")] };

describe.skipIf(missing)(`Redis${note}`, () => {
  storeConformance({ describe, it }, serverEnvironments(startRedis, addressOf), {
    ...shared,
    processes: true,
    server: true,
  });
});

describe.skipIf(missing)(`encrypted Redis${note}`, () => {
  const environments = serverEnvironments(startRedis, addressOf, (store) => encrypted(store, source));
  storeConformance({ describe, it }, environments, shared);
});
