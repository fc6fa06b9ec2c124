import { createHash, createHmac } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { describe, expect, it } from "vitest";
import { openTestEnvironment } from "@x/test-environment";
import { compareDocument, outOfDate } from "./generated.ts";
import { readMarkdown } from "./markdown.ts";
import { withPromiseTable } from "./promise-table.ts";
import { readBody } from "./session-reader.ts";
import { openProgramFolder, programs, said } from "./program-folder.ts";

describe("docs/security.md", () => {
  it("lists the promises with the proofs that are there today", () => {
    const { now, wanted } = compareDocument("docs/security.md", withPromiseTable);
    expect(now, outOfDate).toBe(wanted);
  });

  it("has a program that prints what it says", async () => {
    await using folder = await openProgramFolder();
    const files = programs(readMarkdown("docs/security.md"));
    await folder.write(files);
    for (const [name, text] of Object.entries(files)) {
      expect(await folder.run(name)).toStrictEqual({ code: 0, stdout: said(text), stderr: "" });
    }
  });

  it("is right that an older record which was put back whole is not noticed", async () => {
    await using test = await openTestEnvironment();
    const directory = join(test.directory, "state");
    const key = keyFile(join(test.directory, "store.key"));
    const auth = test.engine({ store: encrypted(sqliteStore({ directory }), key) });
    await auth.session("main");
    const database = new DatabaseSync(join(directory, "sessions.db"));
    database.exec("CREATE TEMP TABLE old AS SELECT * FROM records");
    test.clock.advance(3_600_000);
    await auth.session("main", { validUntil: test.clock.now() + 6.9 * 3_600_000 });
    await auth.close();
    database.exec("DELETE FROM records; INSERT INTO records SELECT * FROM old");
    database.close();
    const later = test.engine({ store: encrypted(sqliteStore({ directory }), key) });
    expect(await later.session("main")).toMatchObject({ obtainedBy: "store" });
  });

  it("is right that a record in clear lets its reader guess a refused MPIN", async () => {
    await using test = await openTestEnvironment();
    const directory = join(test.directory, "state");
    const store = sqliteStore({ directory, plaintext: "i-understand" });
    await test.engine({ store, main: { mpin: "9999" } }).loginAll();
    const identity = `["9000000001","${test.sandbox.nubra.url}"]`;
    const body = readBody(directory, { broker: "nubra", environment: "sandbox", identity, site: "" });
    const { refused } = (body?.["ledger"] ?? {}) as { readonly refused?: readonly string[] };
    const hash = (mpin: string): string =>
      createHmac("sha256", String(body?.["fingerprintKey"]))
        .update(JSON.stringify(["mpin", JSON.stringify(["9000000001", mpin])]))
        .digest()
        .subarray(0, 16)
        .toString("base64url");
    const mpins = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(4, "0"));
    expect(mpins.filter((mpin) => refused?.includes(hash(mpin)))).toStrictEqual(["9999"]);
    await store.close();
  });

  it("is right that only an encrypted store hides whom it is for", async () => {
    await using test = await openTestEnvironment();
    const address = ["broker-auth/1", "nubra", "sandbox", `["9000000001","${test.sandbox.nubra.url}"]`, ""];
    const guess = createHash("sha256").update(JSON.stringify(address)).digest("hex");
    const found: boolean[] = [];
    for (const store of [
      sqliteStore({ directory: join(test.directory, "plain"), plaintext: "i-understand" }),
      encrypted(sqliteStore({ directory: join(test.directory, "sealed") }), keyFile(join(test.directory, "store.key"))),
    ]) {
      await test.engine({ store }).session("main");
      test.clock.advance(30_000);
      await store.close();
    }
    for (const directory of ["plain", "sealed"]) {
      const database = new DatabaseSync(join(test.directory, directory, "sessions.db"), { readOnly: true });
      found.push(
        database
          .prepare("SELECT key FROM records")
          .all()
          .some(({ key }) => key === guess),
      );
      database.close();
    }
    expect(found).toStrictEqual([true, false]);
  });
});
