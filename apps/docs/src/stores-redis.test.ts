import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { redisProgram, startRedis } from "../../../packages/stores/src/testing/redis-server.ts";
import { isMissing } from "../../../packages/stores/src/testing/server-program.ts";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, programs } from "./program-folder.ts";

const page = readMarkdown("docs/stores-redis.md");
const missing = isMissing(redisProgram);

describe("the page about Redis", () => {
  it.skipIf(missing)(
    `has a program that logs in once, however often it is started${missing ? " (not run: redis-server is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const server = await startRedis();
      try {
        await using work = await openProgramFolder();
        await work.write(programs(page));
        const env = { REDIS_URL: server.url, STORE_KEY: randomBytes(32).toString("base64") };
        for (const obtainedBy of ["login", "store"]) {
          const { stdout, stderr } = await work.run("redis.ts", { env });
          expect({ stdout, stderr }).toEqual({ stdout: `${obtainedBy}\n`, stderr: "" });
        }
        expect(work.sandbox.journal.count({ step: "verifypin" })).toBe(1);
      } finally {
        await server.end();
      }
    },
  );
});
