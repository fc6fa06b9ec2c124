import { fileURLToPath } from "node:url";
import { linesOf } from "../workers/lines.ts";
import { atLeast, counted, exactly, type Proof, type ProofContext } from "../harness/proof.ts";
import { sampled } from "../harness/sample.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const host = fileURLToPath(new URL("ist-host.ts", import.meta.url));

/** West and east of India, by half hours and quarters, with summer time at both ends of the year, by half an hour, and without it. */
const zones = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kolkata"] as const;

export const proof: Proof = {
  promises: ["P10"],
  bar: "five host time zones, the days on which their clocks change, 23:59:59 to 00:00:01 IST: the same instants in all",
  async run(context) {
    const midnights = chosenMidnights(context);
    const hosts = await Promise.all(zones.map((zone) => runHost(zone, midnights)));
    const answers = hosts.map(({ computed, days }) => JSON.stringify([computed, days]));
    const ends = hosts.flatMap(({ days }) => days.map(([, kotakNeoEnd]) => kotakNeoEnd));
    return counted({
      "days with 23:59:59, 23:59:59.999, 00:00:00 and 00:00:01 IST": atLeast(midnights.length, 4),
      "host time zones in force": exactly(new Set(hosts.map(({ offsets }) => offsets.join())).size, zones.length),
      "different answers": exactly(new Set(answers).size - 1, 0),
      "instants that are not India's by the time zone database": exactly(hosts.flatMap(strangeInstants).length, 0),
      "sessions not ended at 00:00 IST": exactly(ends.filter((end) => end !== 0).length, 0),
    });

    function strangeInstants({ computed }: HostReport): unknown[] {
      return computed.flatMap((around, day) =>
        around.filter(([next, , , reach], place) => {
          const midnight = midnights[day] ?? 0;
          // Up to 23:59:59.999 it is this midnight, from 00:00:00 on the next one.
          const wanted = place < 2 ? midnight : midnightAfter(midnight + 1);
          return next !== wanted || reach !== wanted;
        }),
      );
    }
  },
};

interface HostReport {
  readonly offsets: readonly number[];
  readonly computed: readonly (readonly [next: number, opening: number, text: string, reach: number])[][];
  /** Of each day: the ends of Nubra's session and of Kotak Neo's, from midnight in milliseconds, and what was seen around it. */
  readonly days: readonly (readonly [nubraEnd: number, kotakNeoEnd: number, ...seen: unknown[]])[];
}

async function runHost(zone: string, midnights: readonly number[]): Promise<HostReport> {
  const command = [process.execPath, "--conditions=@x/source", host, JSON.stringify(midnights)];
  const [line = ""] = await linesOf(command, { TZ: zone });
  return JSON.parse(line) as HostReport;
}

/** Midnights in India around the moments at which a host's clock changes, and around the ends of months and years. */
function chosenMidnights(context: ProofContext): readonly number[] {
  const around = zones
    .flatMap((zone) => clockChanges(zone, 2031))
    .flatMap((at) => [midnightAfter(at) - dayMs, midnightAfter(at)]);
  const ends = [
    [2031, 11, 31],
    [2032, 1, 28],
    [2032, 1, 29],
    [2031, 2, 3],
  ] as const;
  const fixed = ends.map(([year, month, day]) => midnightAfter(Date.UTC(year, month, day)));
  return [...new Set([...sampled(around, 5, context), ...(context.scale === "full" ? fixed : fixed.slice(0, 1))])];
}

/** When a zone's offset changes within a year, to the hour. */
function clockChanges(zone: string, year: number): readonly number[] {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset", hour: "numeric" });
  const offset = (at: number): string =>
    format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const hours = Array.from({ length: 366 * 24 }, (_, hour) => Date.UTC(year, 0, 1) + hour * hourMs);
  return hours.filter((at) => offset(at) !== offset(at - hourMs));
}

/** By the platform's time zone database, and not by our arithmetic: the first quarter of an hour from here on that is 00:00 in India. */
function midnightAfter(at: number): number {
  const quarterMs = 900_000;
  const first = Math.ceil(at / quarterMs) * quarterMs;
  const found = Array.from({ length: 97 }, (_, quarter) => first + quarter * quarterMs).find(
    (moment) => indianClock.format(moment) === "00:00:00",
  );
  if (found === undefined) throw new Error("there is no midnight in India within a day");
  return found;
}

const indianClock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Kolkata",
  hourCycle: "h23",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
