import { createCipheriv, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { accountsAt, laterAt } from "./accounts.ts";
import { anchor, atMost, type Bench, floor, ours, ratioAtMost } from "./bench.ts";
import { bundle } from "./bundle.ts";
import type { ColdOrder } from "./cold-order.ts";
import { cpuTimeOf } from "./cpu-time.ts";
import { earlierLogin, engine } from "./earlier-login.ts";
import { startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { takeTurns } from "./rounds.ts";
import { pathOf } from "./program.ts";

const programs = [
  "empty",
  "adopt-session",
  "adopt-unchecked",
  "read-sealed",
  "log-in",
  "log-in-by-fetch",
  "log-in-by-http",
  "log-in-by-ky",
] as const;
type Program = (typeof programs)[number];

const uncheckedRecord = fileURLToPath(new URL("unchecked-record.ts", import.meta.url));

export const cold: Bench = {
  name: "cold",
  measures: "bundled programs from the start of the process to its end, in processor time",
  async run({ scale, directory }) {
    for (const name of programs) {
      const unchecked = name === "adopt-unchecked";
      await bundle(pathOf(unchecked ? "adopt-session" : name), {
        directory: join(directory, name),
        ...(unchecked ? { inPlaceOf: { "./account-record-schema.ts": uncheckedRecord } } : {}),
      });
    }
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    await using broker = await startLoopbackBroker(await recordBrokers());
    const argument = JSON.stringify(await order(broker.origins[0] ?? "", directory));
    await broker.setClock(laterAt);
    const start = (name: Program) => async (): Promise<number> => {
      const { stdout, ms } = await cpuTimeOf([process.execPath, join(directory, name, "index.js"), argument]);
      if (name !== "empty" && !stdout.includes("Bearer ")) throw new Error(`${name} printed no headers`);
      return ms;
    };
    const samples = await takeTurns(
      Object.fromEntries(programs.map((name) => [name, start(name)])) as Record<Program, () => Promise<number>>,
      { rounds: scale === "full" ? 40 : 2, warmUp: 1 },
    );
    const before = await broker.count();
    await start("log-in")();
    const calls = (await broker.count()) - before;
    return [
      {
        what: "adopt a session from encrypted SQLite, print its headers, CPU time",
        unit: "ms",
        figures: [
          ours("createBrokerAuth() and headers()", samples["adopt-session"]),
          ours("the same, without a schema library", samples["adopt-unchecked"]),
          floor("Node, SQLite, one AES-GCM opening and JSON", samples["read-sealed"]),
          floor("an empty Node", samples.empty),
        ],
        goals: [
          ratioAtMost("x Node, SQLite, AES-GCM and JSON", samples["adopt-session"], samples["read-sealed"], 1.35),
        ],
      },
      {
        what: "log in once over HTTP, print the headers, CPU time",
        unit: "ms",
        figures: [
          ours("createBrokerAuth() and headers()", samples["log-in"]),
          floor("bare fetch, same calls", samples["log-in-by-fetch"]),
          floor("node:http, same calls", samples["log-in-by-http"]),
          floor("an empty Node", samples.empty),
          anchor("ky + zod/mini + otplib", samples["log-in-by-ky"]),
        ],
        goals: [
          atMost("calls that arrived at the broker", calls, 2),
          ratioAtMost("x the same with ky, zod/mini and otplib", samples["log-in"], samples["log-in-by-ky"], 1.1),
        ],
      },
    ];
  },
};

async function order(origin: string, directory: string): Promise<ColdOrder> {
  const accounts = accountsAt(origin);
  const store = join(directory, "store");
  const keyPath = join(directory, "keys", "key");
  // Its session ends in 2031, and the program that adopts it asks the real clock.
  const filling = engine({ accounts, store: encrypted(sqliteStore({ directory: store }), keyFile(keyPath)) });
  await filling.session("main");
  await filling.close();
  const { key, record } = await earlierLogin("main", { accounts }, false);
  return {
    origin,
    accounts,
    now: laterAt,
    directory: store,
    keyPath,
    key,
    record: { ...record, body: Buffer.from(record.body).toString("base64") },
    bare: bareRecord(join(directory, "bare.db")),
  };
}

function bareRecord(path: string): ColdOrder["bare"] {
  const key = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const bytes = Buffer.concat([cipher.update(JSON.stringify({ token: "t".repeat(1_900) })), cipher.final()]);
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE records (key TEXT NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
  );
  database.prepare("INSERT INTO records VALUES (?, ?)").run("main", Buffer.concat([nonce, cipher.getAuthTag(), bytes]));
  database.close();
  return { database: path, key: key.toString("base64") };
}
