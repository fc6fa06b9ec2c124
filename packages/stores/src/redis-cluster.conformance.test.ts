import { storeConformance } from "@x/core/testing";
import { describe, it } from "vitest";
import { startRedisCluster } from "./testing/redis-cluster.ts";
import { redisProgram } from "./testing/redis-server.ts";
import { serverEnvironments } from "./testing/server-environment.ts";
import { isMissing } from "./testing/server-program.ts";

const missing = isMissing(redisProgram);
const shared = { leaseMs: 900, timeoutMs: 1_000 };

describe.skipIf(missing)(`a Redis cluster${missing ? " (not run: redis-server is not installed)" : ""}`, () => {
  const environments = serverEnvironments(startRedisCluster, (url, apart) => ({
    kind: "redis-cluster",
    url,
    apart,
    ...shared,
  }));
  storeConformance({ describe, it }, environments, { ...shared, processes: true });
});
