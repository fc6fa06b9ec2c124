import { randomBytes } from "node:crypto";
import { migrationSql } from "@x/stores/postgres";
import { describe, expect, it } from "vitest";
import { postgresProgram, startPostgres } from "../../../packages/stores/src/testing/postgres-server.ts";
import { isMissing } from "../../../packages/stores/src/testing/server-program.ts";
import { readMarkdown } from "./markdown.ts";
import { openProgramFolder, programs } from "./program-folder.ts";

const page = readMarkdown("docs/stores-postgres.md");
const missing = isMissing(postgresProgram);

describe("the page about PostgreSQL", () => {
  it.skipIf(missing)(
    `has a program that logs in once, however often it is started${missing ? " (not run: postgresql is not installed)" : ""}`,
    { timeout: 60_000 },
    async () => {
      const server = await startPostgres();
      try {
        await using work = await openProgramFolder();
        await work.write(programs(page));
        const env = { DATABASE_URL: server.url, STORE_KEY: randomBytes(32).toString("base64") };
        for (const obtainedBy of ["login", "store"]) {
          const { stdout, stderr } = await work.run("postgres.ts", { env });
          expect({ stdout, stderr }).toEqual({ stdout: `${obtainedBy}\n`, stderr: "" });
        }
        expect(work.sandbox.journal.count({ step: "verifypin" })).toBe(1);
      } finally {
        await server.end();
      }
    },
  );

  it("prints the statement that makes the table as it is", () => {
    const [sql] = page.blocks.filter(({ language }) => language === "sql");
    expect(sql?.text.trim()).toBe(migrationSql().trim());
  });
});
