import { createClient, createCluster, createSentinel } from "redis";
import { describe, expectTypeOf, it } from "vitest";
import type { RedisClient } from "./redis-client.ts";

describe("a client of the package redis", () => {
  it("is taken as it is made, for one server, a cluster and a sentinel", () => {
    expectTypeOf(createClient()).toExtend<RedisClient>();
    expectTypeOf(createCluster({ rootNodes: [] })).toExtend<RedisClient>();
    expectTypeOf(createSentinel({ name: "main", sentinelRootNodes: [] })).toExtend<RedisClient>();
    expectTypeOf<object>().not.toExtend<RedisClient>();
  });
});
