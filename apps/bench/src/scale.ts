import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { atMost, type Bench, type Comparison, ours } from "./bench.ts";
import { startLoopbackBroker } from "./loopback-broker.ts";
import { recordBrokers } from "./recorded-brokers.ts";
import { runProgram } from "./source-program.ts";

/** What it took one process to log many accounts in. */
export interface ScaleReport {
  readonly ms: number;
  /** Of all the process's threads. */
  readonly cpuMs: number;
  /** For which the event loop stood still. */
  readonly longestBlockMs: number;
  /** Of files and sockets, open at the same time; 0 where the platform does not tell. */
  readonly descriptors: number;
  readonly mostInFlight: number;
  readonly residentMb: number;
}

const latencyMs = 50;

interface Case {
  readonly count: number;
  readonly store: "memory store" | "sealed SQLite";
  readonly reach: Partial<ScaleReport>;
}

const cases: readonly Case[] = [
  {
    count: 1_000,
    store: "sealed SQLite",
    reach: { ms: 2_000, longestBlockMs: 50, descriptors: 200, residentMb: 250 },
  },
  { count: 5_000, store: "sealed SQLite", reach: { ms: 9_000, longestBlockMs: 60, descriptors: 200 } },
  { count: 5_000, store: "memory store", reach: { ms: 4_500 } },
];

export const scale: Bench = {
  name: "scale",
  measures: `loginAll() for many accounts, half Nubra and half Kotak Neo, at ${latencyMs} ms latency; each figure of a process of its own`,
  async run({ scale: size, directory }) {
    await using broker = await startLoopbackBroker(await recordBrokers(), [size === "full" ? latencyMs : 0]);
    const [origin = ""] = broker.origins;
    const measured = async ({ store }: Case, count: number): Promise<ScaleReport> => {
      const place =
        store === "memory store" ? [] : [await mkdtemp(join(directory, "records-")), join(directory, "keys", "key")];
      return JSON.parse(await runProgram("log-in-all", [], [origin, String(count), ...place])) as ScaleReport;
    };
    const comparisons: Comparison[] = [];
    for (const one of cases) {
      const count = size === "full" ? one.count : 20;
      const reports = [await measured(one, count)];
      if (size === "full") reports.push(await measured(one, count), await measured(one, count));
      comparisons.push(comparison(one, count, reports));
    }
    return comparisons;
  },
};

const units = {
  ms: "ms",
  cpuMs: "ms",
  longestBlockMs: "ms",
  descriptors: "files and sockets",
  mostInFlight: "requests",
  residentMb: "MB",
};

function comparison({ store, reach }: Case, count: number, reports: readonly ScaleReport[]): Comparison {
  // The best of a few: what else the machine does can only add.
  const least = (of: keyof ScaleReport): number => Math.min(...reports.map((report) => report[of]));
  const names = Object.keys(units) as (keyof ScaleReport)[];
  const note = names
    .filter((name) => name !== "ms")
    .map((name) => `${name} ${Math.round(least(name))}`)
    .join(", ");
  return {
    what: `${count} accounts, ${store}`,
    unit: "ms",
    figures: [
      ours(
        "loginAll()",
        reports.map(({ ms }) => ms),
        note,
      ),
    ],
    goals: names.flatMap((name) => {
      const limit = reach[name];
      return limit === undefined ? [] : [atMost(`${name}, ${units[name]}`, least(name), limit)];
    }),
  };
}
