import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { memoryStore, type StoredRecord, type TokenStore } from "@x/core";
import { encrypted, storeKey } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
// What the wrapper does to a record: nothing public shows its cost alone.
import { open, seal } from "../../../packages/stores/src/envelope.ts";
import { anchor, atMost, type Bench, type Comparison, floor, ours, ratioAtMost } from "./bench.ts";
import { synced } from "./durable.ts";
import { openJoinedLogin } from "./joined-login.ts";
import { openLockHandOver } from "./lock-hand-over.ts";
import { startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { microsecondsEach, takeTurns } from "./rounds.ts";
import { median, type Sample } from "./sample.ts";

type Scale = "short" | "full";

export const store: Bench = {
  name: "store",
  measures: "token stores against the parts they are made of",
  async run({ scale, directory }) {
    const sizes = scale === "full" ? [10, 1_000, 100_000] : [10, 100];
    const bySize: Readonly<Record<"memory" | "plain" | "sealed", Sample>>[] = [];
    const comparisons: Comparison[] = [];
    for (const size of sizes) {
      const { read, swap, reads } = await atSize(size, join(directory, `${size}`), scale);
      comparisons.push(read, swap);
      bySize.push(reads);
    }
    const grown = (kind: "memory" | "plain" | "sealed"): number =>
      median(bySize.at(-1)?.[kind] ?? []) / median(bySize[0]?.[kind] ?? []);
    comparisons.push({
      what: `read, ${sizes[0]} accounts to ${sizes.at(-1)}`,
      unit: "us",
      figures: bySize.map((reads, index) => ours(`encrypted SQLite, ${sizes[index]} accounts`, reads.sealed)),
      goals: [
        atMost("x, encrypted SQLite", grown("sealed"), 3),
        atMost("x, SQLite", grown("plain"), 3),
        atMost("x, memory", grown("memory"), 3),
      ],
    });
    comparisons.push(await sealing(scale));
    comparisons.push(...(await handOver(directory, scale)), await joined(directory, scale));
    return comparisons;
  },
};

// A session of either broker and what is kept with it is about this long.
const body = bodyOf(1);
const header = { state: "logged_in", expiresAt: 1, generation: 1, obtainedBy: "login" } as const;
const record = (revision: number): StoredRecord => ({ revision, header, body: bodyOf(revision) });
const parse = (bytes: Uint8Array | undefined): unknown => JSON.parse(Buffer.from(bytes ?? []).toString());
// These are read and written; all others only lie between them.
const probes = 10;
const keyOf = (index: number): string => index.toString(16).padStart(64, "5");

async function atSize(
  size: number,
  directory: string,
  scale: Scale,
): Promise<{ read: Comparison; swap: Comparison; reads: Readonly<Record<"memory" | "plain" | "sealed", Sample>> }> {
  const memory = memoryStore();
  const plain = sqliteStore({ directory: join(directory, "plain"), plaintext: "i-understand" });
  const sealed = encrypted(
    sqliteStore({ directory: join(directory, "sealed") }),
    keyFile(join(directory, "keys", "key")),
  );
  const between = Math.ceil(size / probes) - 1;
  for (let index = 0; index < probes; index++) {
    for (const one of [memory, plain, sealed]) await one.swap(keyOf(index), 0, record(1));
    for (let other = 0; other < between; other++) await memory.swap(`${index}-${other}`, 0, record(1));
    for (const name of ["plain", "sealed"]) multiply(join(directory, name), between);
  }
  const raw = rawDriver(join(directory, "plain", "sessions.db"));
  const file = openSync(join(directory, "synced"), "w");

  const calls = scale === "full" ? 1_000 : 20;
  const reading = async (from: TokenStore): Promise<number> => {
    const started = performance.now();
    for (let call = 0; call < calls; call++) parse((await from.read(keyOf(call % probes)))?.body);
    return microsecondsEach(started, calls);
  };
  const reads = await takeTurns(
    {
      memory: () => reading(memory),
      plain: () => reading(plain),
      sealed: () => reading(sealed),
      "raw, plain": () => {
        const started = performance.now();
        for (let call = 0; call < calls; call++) parse(raw.select(keyOf(call % probes)));
        return microsecondsEach(started, calls);
      },
      "raw, sealed": () => {
        const started = performance.now();
        for (let call = 0; call < calls; call++) parse(raw.selectAndOpen(keyOf(call % probes)));
        return microsecondsEach(started, calls);
      },
    },
    { rounds: scale === "full" ? 40 : 2 },
  );

  const revisions = new Map<TokenStore, number>();
  const swapping = async (into: TokenStore): Promise<number> => {
    const revision = revisions.get(into) ?? 1;
    revisions.set(into, revision + 1);
    const started = performance.now();
    // The probes take turns, so that every one of them has this revision.
    for (let index = 0; index < probes; index++) {
      if (!(await into.swap(keyOf(index), revision, record(revision + 1)))) throw new Error("a swap was lost");
    }
    return microsecondsEach(started, probes);
  };
  const swaps = await takeTurns(
    {
      memory: () => swapping(memory),
      plain: () => swapping(plain),
      sealed: () => swapping(sealed),
      raw: () => {
        const started = performance.now();
        for (let index = 0; index < probes; index++) raw.update(keyOf(index));
        return microsecondsEach(started, probes);
      },
      synced: () =>
        Array.from({ length: probes }, () => synced(file)).reduce((sum, ms) => sum + ms, 0) * (1_000 / probes),
    },
    { rounds: scale === "full" ? 40 : 2 },
  );
  closeSync(file);
  raw.close();
  for (const one of [memory, plain, sealed]) await one.close();

  return {
    reads,
    read: {
      what: `read, ${size} accounts, opened and parsed`,
      unit: "us",
      figures: [
        ours("encrypted SQLite", reads.sealed),
        ours("SQLite", reads.plain),
        ours("memory", reads.memory),
        floor("select by unique index, AES-GCM open, parse", reads["raw, sealed"]),
        floor("select by unique index, parse", reads["raw, plain"]),
      ],
      goals: [
        ratioAtMost("x the parts, encrypted SQLite", reads.sealed, reads["raw, sealed"], 2),
        ratioAtMost("x the parts, SQLite", reads.plain, reads["raw, plain"], 2),
      ],
    },
    swap: {
      what: `swap, ${size} accounts, on the disk when it returns`,
      unit: "us",
      figures: [
        ours("encrypted SQLite", swaps.sealed),
        ours("SQLite", swaps.plain),
        ours("memory", swaps.memory),
        floor("fdatasync of 2 kB", swaps.synced),
        anchor("node:sqlite, the same update", swaps.raw),
      ],
      goals: [
        ratioAtMost("x fdatasync, encrypted SQLite", swaps.sealed, swaps.synced, 2.5),
        ratioAtMost("x fdatasync, SQLite", swaps.plain, swaps.synced, 2.5),
      ],
    },
  };
}

/** Puts so many copies of a store's first record behind its last one, under other keys, in one transaction. */
function multiply(directory: string, count: number): void {
  const database = new DatabaseSync(join(directory, "sessions.db"));
  const columns = database.prepare("SELECT name FROM pragma_table_info('records')").all();
  const others = columns.map(({ name }) => String(name)).filter((name) => name !== "key");
  database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 WHERE ${count} > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO records (key, ${others.join()}) SELECT lower(hex(randomblob(32))), ${others.join()} FROM n, (SELECT * FROM records LIMIT 1)`);
  database.close();
}

function bodyOf(revision: number): Uint8Array {
  return Buffer.from(JSON.stringify({ version: 1, revision, session: { tokens: { token: "t".repeat(1_900) } } }));
}

interface RawDriver {
  select(key: string): Uint8Array;
  /** The same, and one AES-GCM opening of as many bytes. */
  selectAndOpen(key: string): Uint8Array;
  update(key: string): void;
  close(): void;
}

function rawDriver(path: string): RawDriver {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = FULL");
  const select = database.prepare("SELECT * FROM records WHERE key = ?");
  const update = database.prepare("UPDATE records SET revision = revision, body = ? WHERE key = ? AND revision > 0");
  const key = createSecretKey(randomBytes(32));
  const sealed = bareSeal(key, body);
  let written = 1_000_000;
  const read = (name: string): Uint8Array => select.get(name)?.["body"] as Uint8Array;
  return {
    select: read,
    selectAndOpen(name) {
      read(name);
      return bareOpen(key, sealed);
    },
    // Another body each time: SQLite writes nothing where nothing changes.
    update: (name) => void update.run(bodyOf(written++), name),
    close: () => database.close(),
  };
}

interface Sealed {
  readonly nonce: Uint8Array;
  readonly tag: Uint8Array;
  readonly bytes: Uint8Array;
}

function bareSeal(key: ReturnType<typeof createSecretKey>, plain: Uint8Array): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const bytes = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { nonce, tag: cipher.getAuthTag(), bytes };
}

function bareOpen(key: ReturnType<typeof createSecretKey>, { nonce, tag, bytes }: Sealed): Uint8Array {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

async function sealing(scale: Scale): Promise<Comparison> {
  const calls = scale === "full" ? 1_000 : 20;
  const bytes = randomBytes(32);
  const ourKey = storeKey(bytes, "the bench");
  const key = createSecretKey(bytes);
  const bound = ["broker-auth/record", "s".repeat(32), keyOf(1), 7, "logged_in", 1_900_000_000_000, 7, "login"];
  const samples = await takeTurns(
    {
      ours: () => {
        const started = performance.now();
        for (let call = 0; call < calls; call++) open(seal(body, ourKey, bound), ourKey, bound);
        return microsecondsEach(started, calls);
      },
      bare: () => {
        const started = performance.now();
        for (let call = 0; call < calls; call++) bareOpen(key, bareSeal(key, body));
        return microsecondsEach(started, calls);
      },
    },
    { rounds: scale === "full" ? 40 : 2 },
  );
  return {
    what: "seal and open 2 kB",
    unit: "us",
    figures: [
      ours("seal and open, bound to its record", samples.ours),
      floor("AES-GCM with a KeyObject", samples.bare),
    ],
    goals: [ratioAtMost("x AES-GCM", samples.ours, samples.bare, 1.3)],
  };
}

async function handOver(directory: string, scale: Scale): Promise<Comparison[]> {
  await using between = await openLockHandOver({ kind: "sqlite", directory: join(directory, "hand-over") });
  const comparisons: Comparison[] = [];
  for (const keepMs of scale === "full" ? [5, 50, 300] : [5]) {
    const busy: number[] = [];
    const { ours: taken } = await takeTurns(
      {
        ours: async () => {
          const { ms, busy: share } = await between.measure(keepMs);
          busy.push(share);
          return ms;
        },
      },
      { rounds: scale === "full" ? 30 : 2, warmUp: 2 },
    );
    comparisons.push({
      what: `lock hand-over between two processes, held for ${keepMs} ms`,
      unit: "ms",
      figures: [
        ours(
          "release there to lock here",
          taken,
          `the waiting thread was busy for ${(median(busy) * 100).toFixed(1)} %`,
        ),
      ],
      goals: [atMost("ms", median(taken), 2)],
    });
  }
  return comparisons;
}

async function joined(directory: string, scale: Scale): Promise<Comparison> {
  const latencyMs = scale === "full" ? 50 : 1;
  const processes = scale === "full" ? 4 : 2;
  await using broker = await startLoopbackBroker(await recordBrokers(), [latencyMs]);
  await using login = await openJoinedLogin(
    join(directory, "joined"),
    join(directory, "joined-keys", "key"),
    broker,
    processes,
  );
  let mostLogins = 0;
  const samples = await takeTurns(
    {
      all: async () => {
        const { ms, logins } = await login.measure(processes);
        mostLogins = Math.max(mostLogins, logins);
        return ms;
      },
      one: async () => (await login.measure(1)).ms,
    },
    { rounds: scale === "full" ? 20 : 1, warmUp: 2 },
  );
  return {
    what: `one account in ${processes} processes, 2 x ${latencyMs} ms latency, encrypted SQLite`,
    unit: "ms",
    figures: [
      ours(`until all ${processes} have a session`, samples.all, `${mostLogins} login`),
      floor("one process alone", samples.one),
    ],
    goals: [atMost("logins", mostLogins, 1), ratioAtMost("x one login", samples.all, samples.one, 1.1)],
  };
}
