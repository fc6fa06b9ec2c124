import { Client, Pool } from "pg";
import { describe, expectTypeOf, it } from "vitest";
import type { PostgresPool } from "./postgres-pool.ts";

describe("a pool of the package pg", () => {
  it("is taken as it is made", () => {
    expectTypeOf(new Pool()).toExtend<PostgresPool>();
    expectTypeOf<object>().not.toExtend<PostgresPool>();
    expectTypeOf<Client["database"]>().not.toExtend<PostgresPool>();
  });
});
