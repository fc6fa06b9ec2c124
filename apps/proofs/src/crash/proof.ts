import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TokenStore } from "@x/core";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { counted, faults, type Proof, total } from "../harness/proof.ts";
import { WorkerGroup } from "../workers/worker-group.ts";
import { crashKey, isWhole } from "./crash-record.ts";
import type { CrashPlan } from "./crash-worker.ts";

const file = new URL("./crash-worker.ts", import.meta.url);
const accounts = 4;
// A store that begins anew once in a while: its making is a write too.
const killsOfStore = 50;

const newFound = (kills: number) => ({
  kills: total("kills", { atLeast: kills }),
  whileWriting: total("of them while writing", { atLeast: Math.floor(kills / 2) }),
  writes: total("writes acknowledged"),
  unheard: total("made but unheard of"),
  torn: total("torn", { exactly: 0 }),
  lost: total("lost", { exactly: 0 }),
  overwritten: total("written over by who had not seen them", { exactly: 0 }),
  unreadable: faults("unreadable"),
});
type Found = ReturnType<typeof newFound>;

export const proof: Proof = {
  promises: ["P9"],
  bar: "at least 10,000 SIGKILLs at random moments of store writes: torn 0, lost 0, written over 0, unreadable 0 (the death of a process, not of the power)",
  async run(context) {
    const { scale, directory, random } = context;
    const kills = scale === "full" ? 10_000 : 12;
    await using group = new WorkerGroup(context);
    if (scale === "full") await group.bundle(file);
    const found = newFound(kills);
    // Of all lanes together.
    let killed = 0;
    // How long the last making and opening of a store took, in milliseconds.
    const pace = { making: 60, opening: 20 };
    const lanes = Array.from({ length: 3 }, async (_, lane) => {
      for (let store = 1; killed < kills; store++) {
        const place = join(directory, `store-${lane}-${store}`);
        mkdirSync(place);
        // Every second store is also read by a program that stays alive, so that some logs are taken over and some are found.
        await killAgain(place, store % 2 === 0, (store + lane) % 2 === 0);
        rmSync(place, { recursive: true });
      }
    });
    await Promise.all(lanes);
    return counted(found);

    /** @param early the first process dies before the store is made */
    async function killAgain(place: string, watched: boolean, early: boolean): Promise<void> {
      const at = (name: string): string => join(place, name);
      const plan = { directory: at("store"), keyPath: at("key"), notes: at("notes"), accounts };
      const open = (): TokenStore => encrypted(sqliteStore({ directory: plan.directory }), keyFile(plan.keyPath));
      const known = Array<number>(accounts).fill(0);
      const reader = watched ? open() : undefined;
      for (let kill = 0; kill < Math.min(killsOfStore, kills / 3) && killed < kills; kill++) {
        const seed = Math.floor(random() * 2 ** 31);
        const worker = group.start(file, { ...plan, seed } satisfies CrashPlan);
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
        killed += 1;
        found.kills.add(1);
        takeNotes(plan.notes, known, found);
        if (reader !== undefined) await look(reader, known, found);
      }
      await reader?.close();
      const last = open();
      await look(last, known, found);
      await last.close();
    }
  },
};

// What a killed process has found, and what it was told was written.
function takeNotes(path: string, known: number[], found: Found): void {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  rmSync(path, { force: true });
  found.whileWriting.add(lines.includes("writes"));
  for (const line of lines) {
    const [what, account = "", value = ""] = line.split(" ");
    if (what === "found") compare(Number(account), Number(value), known, found);
    else if (what === "wrote") {
      known[Number(account)] = Number(value);
      found.writes.add(1);
    } else if (what === "torn") found.torn.add(1);
    else if (what === "overwrote") found.overwritten.add(1);
    else if (what !== "writes") found.unreadable.add(`${what} ${value}`);
  }
}

async function look(store: TokenStore, known: number[], found: Found): Promise<void> {
  for (let account = 0; account < accounts; account++) {
    try {
      const record = await store.read(crashKey(account));
      found.torn.add(record !== undefined && !isWhole(account, record));
      compare(account, record?.revision ?? 0, known, found);
    } catch (error) {
      found.unreadable.add(String(error));
    }
  }
}

// The write that was under way may have been made; every other one must be there, and nothing else.
function compare(account: number, revision: number, known: number[], found: Found): void {
  const expected = known[account] ?? 0;
  found.lost.add(revision < expected);
  found.unheard.add(revision === expected + 1);
  found.torn.add(revision > expected + 1);
  known[account] = revision;
}
