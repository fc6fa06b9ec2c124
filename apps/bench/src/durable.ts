import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { type Accounts, accountsAt, startedAt } from "./accounts.ts";
import { atMost, type Bench, type Comparison, floor, ours } from "./bench.ts";
import { type BenchAuth, engine } from "./earlier-login.ts";
import { recordBrokers, recordedFetch } from "./recorded-brokers.ts";
import { takeTurns } from "./rounds.ts";
import { median } from "./sample.ts";

const origin = "http://127.0.0.1:9";
const stepMs = 300_000;

interface Flow {
  readonly name: string;
  readonly account: keyof Accounts;
  readonly mostSwaps: number;
  readonly run: (auth: BenchAuth) => Promise<unknown>;
}

const flows: readonly Flow[] = [
  { name: "Nubra by TOTP", account: "main", mostSwaps: 4, run: (auth) => auth.session("main") },
  { name: "Nubra by OTP", account: "sms", mostSwaps: 6, run: (auth) => auth.login("sms", { otp: () => "123456" }) },
  { name: "Kotak Neo by TOTP", account: "hedge", mostSwaps: 4, run: (auth) => auth.session("hedge") },
];

export const durable: Bench = {
  name: "durable",
  measures: "what one login spends on writing its attempts, steps and session down, in encrypted SQLite",
  async run({ scale, directory }) {
    const rounds = scale === "full" ? 60 : 2;
    const store = watched(
      encrypted(sqliteStore({ directory: join(directory, "store") }), keyFile(join(directory, "keys", "key"))),
    );
    // A new TOTP step for each login, so that none has to be waited for, and no more than two texted codes in ten minutes.
    let now = startedAt;
    const fetch = recordedFetch(await recordBrokers(), origin, { now: () => now });
    await using auth = engine({ accounts: accountsAt(origin), store, now: () => now, fetch });
    const file = openSync(join(directory, "synced"), "w");
    const comparisons: Comparison[] = [];
    for (const { name, account, mostSwaps, run } of flows) {
      let spent: Spent = { swaps: 0, swapMs: 0, allMs: 0 };
      const swapMs: number[] = [];
      const swaps: number[] = [];
      const samples = await takeTurns(
        {
          all: async () => {
            now += stepMs;
            await auth.logout(account);
            store.begin();
            await run(auth);
            spent = store.spent;
            swaps.push(spent.swaps);
            swapMs.push(spent.swapMs);
            return spent.allMs;
          },
          synced: () => synced(file),
        },
        { rounds, warmUp: 2 },
      );
      comparisons.push({
        what: name,
        unit: "ms",
        figures: [
          ours(
            "lock, reads and swaps",
            samples.all,
            `${spent.swaps} swaps, ${median(swapMs.slice(2)).toFixed(2)} ms of it`,
          ),
          floor("one fdatasync of 2 kB", samples.synced),
        ],
        goals: [atMost("swaps", Math.max(...swaps), mostSwaps), atMost("ms in all", median(samples.all), 3)],
      });
    }
    closeSync(file);
    return comparisons;
  },
};

const block = Buffer.alloc(2048, "x");

/** Milliseconds for 2 kB onto the disk. @param file an open descriptor */
export function synced(file: number): number {
  const started = performance.now();
  writeSync(file, block, 0, block.byteLength, 0);
  fdatasyncSync(file);
  return performance.now() - started;
}

interface Spent {
  readonly swaps: number;
  readonly swapMs: number;
  /** Waiting for anything of the store: lock and unlock, reads, swaps. */
  readonly allMs: number;
}

/** The same store, with a count of what is spent on it. */
function watched(store: TokenStore): TokenStore & { begin(): void; readonly spent: Spent } {
  let spent: Spent = { swaps: 0, swapMs: 0, allMs: 0 };
  const counting = async <Result>(work: Promise<Result>, swaps: number): Promise<Result> => {
    const started = performance.now();
    const result = await work;
    const ms = performance.now() - started;
    spent = { swaps: spent.swaps + swaps, swapMs: spent.swapMs + (swaps > 0 ? ms : 0), allMs: spent.allMs + ms };
    return result;
  };
  return {
    ...store,
    begin: () => void (spent = { swaps: 0, swapMs: 0, allMs: 0 }),
    get spent() {
      return spent;
    },
    read: (key) => counting(store.read(key), 0),
    swap: (key, expected, next) => counting(store.swap(key, expected, next), 1),
    async lock(key, options) {
      const lock = await counting(store.lock(key, options), 0);
      return { release: () => counting(lock.release(), 0) };
    },
  };
}
