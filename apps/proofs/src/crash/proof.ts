import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { crashKey, isWhole } from "./crash-record.ts";
import type { CrashPlan } from "./crash-worker.ts";
import { atLeast, counted, exactly, type Proof, told } from "../harness/proof.ts";
import { type WorkerGroup, workerGroup } from "../workers/worker-group.ts";

const file = new URL("./crash-worker.ts", import.meta.url);
const accounts = 4;
// A store that begins anew once in a while: its making is a write too.
const killsOfStore = 50;

const newTally = () => ({
  kills: 0,
  /** Kills of a process that had begun to write. */
  whileWriting: 0,
  writes: 0,
  /** Writes that were found although their process never heard of it. */
  unheard: 0,
  torn: 0,
  lost: 0,
  unreadable: 0,
  codes: new Set<string>(),
});
type Tally = ReturnType<typeof newTally>;

export const proof: Proof = {
  promises: ["P9"],
  bar: "at least 10,000 SIGKILLs at random moments of store writes: torn 0, lost 0, unreadable 0 (the death of a process, not of the power)",
  async run(context) {
    const { scale, directory, random } = context;
    const full = scale === "full";
    const kills = full ? 10_000 : 12;
    await using group = workerGroup(context);
    if (full) await group.bundle(file);
    const tally = newTally();
    const pace = { making: 60, opening: 20 };
    const lanes = Array.from({ length: 3 }, async (_, lane) => {
      for (let store = 1; tally.kills < kills; store++) {
        const place = join(directory, `store-${lane}-${store}`);
        mkdirSync(place);
        // Every second store is also read by a program that stays alive, so that some logs are taken over and some are found.
        const [watched, early] = [store % 2 === 0, (store + lane) % 2 === 0];
        await killAgain({ group, place, tally, random, kills, watched, early, pace });
        rmSync(place, { recursive: true });
      }
    });
    await Promise.all(lanes);
    return counted({
      kills: atLeast(tally.kills, kills),
      "of them while writing": atLeast(tally.whileWriting, Math.floor(kills / 2)),
      "writes acknowledged": told(tally.writes),
      "made but unheard of": told(tally.unheard),
      torn: exactly(tally.torn, 0),
      lost: exactly(tally.lost, 0),
      unreadable: exactly(tally.unreadable, 0),
      ...(tally.codes.size === 0 ? {} : { codes: told([...tally.codes].join(", ")) }),
    });
  },
};

interface Lane {
  readonly group: WorkerGroup;
  readonly place: string;
  readonly tally: Tally;
  readonly random: () => number;
  /** Of all lanes together. */
  readonly kills: number;
  readonly watched: boolean;
  /** The first process dies before the store is made. */
  readonly early: boolean;
  /** How long the last ones took, in milliseconds. */
  readonly pace: { making: number; opening: number };
}

async function killAgain({ group, place, tally, random, kills, watched, early, pace }: Lane): Promise<void> {
  const [directory, keyPath, notes] = [join(place, "store"), join(place, "key"), join(place, "notes")];
  const plan: Omit<CrashPlan, "seed"> = { directory, keyPath, notes, accounts };
  const open = (): TokenStore => encrypted(sqliteStore({ directory: plan.directory }), keyFile(plan.keyPath));
  const known = Array<number>(accounts).fill(0);
  const reader = watched ? open() : undefined;
  for (let kill = 0; kill < Math.min(killsOfStore, kills / 3) && tally.kills < kills; kill++) {
    const worker = group.start(file, { ...plan, seed: Math.floor(random() * 2 ** 31) } satisfies CrashPlan);
    await worker.says("begins");
    // Some die while they make the store or open it, which takes as long as it took before; the others while they write, as they do all the time.
    const phase = kill === 0 ? "making" : "opening";
    const begun = performance.now();
    if (kill === 0 ? early : kill % 4 === 0) await pause(random() * pace[phase]);
    else {
      await worker.says("writes");
      pace[phase] = performance.now() - begun;
      await pause(random() * 8);
    }
    worker.kill("SIGKILL");
    await worker.ended;
    tally.kills += 1;
    takeNotes(plan.notes, known, tally);
    if (reader !== undefined) await look(reader, known, tally);
  }
  await reader?.close();
  const last = open();
  await look(last, known, tally);
  await last.close();
}

// What a killed process has found, and what it was told was written.
function takeNotes(path: string, known: number[], tally: Tally): void {
  const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  rmSync(path, { force: true });
  if (lines.includes("writes")) tally.whileWriting += 1;
  for (const line of lines) {
    const [what, account = "", value = ""] = line.split(" ");
    if (what === "found") compare(Number(account), Number(value), known, tally);
    else if (what === "wrote") {
      known[Number(account)] = Number(value);
      tally.writes += 1;
    } else if (what === "torn") tally.torn += 1;
    else if (what !== "" && what !== "writes") {
      tally.unreadable += 1;
      tally.codes.add(`${what} ${value}`);
    }
  }
}

async function look(store: TokenStore, known: number[], tally: Tally): Promise<void> {
  for (let account = 0; account < accounts; account++) {
    try {
      const found = await store.read(crashKey(account));
      if (found !== undefined && !isWhole(account, found)) tally.torn += 1;
      compare(account, found?.revision ?? 0, known, tally);
    } catch (error) {
      tally.unreadable += 1;
      tally.codes.add(String(error));
    }
  }
}

// The write that was under way may have been made; every other one must be there, and nothing else.
function compare(account: number, found: number, known: number[], tally: Tally): void {
  const expected = known[account] ?? 0;
  if (found < expected) tally.lost += 1;
  if (found === expected + 1) tally.unheard += 1;
  if (found > expected + 1) tally.torn += 1;
  known[account] = found;
}
