import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { JournalEntry } from "@x/sandbox";
import { openTestEnvironment, type TestAccount } from "@x/test-environment";
import { counted, faults, highest, type Proof, total } from "../harness/proof.ts";
import { refusedRequests } from "../harness/requests.ts";
import { HolderDiary, type HolderPlan, senderHeader } from "../holders/holder-diary.ts";
import type { Holder } from "../holders/holder-worker.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";

const file = new URL("../holders/holder-worker.ts", import.meta.url);

const isOfFirst = ({ headers }: JournalEntry): boolean => headers[senderHeader] === "program-0";

export const proof: Proof = {
  promises: ["P1", "P4"],
  bar: "SIGSTOP between an answer and the write that keeps it: 1 login while the lock holds; where the lock was lost, the late write changes nothing and nobody keeps a dead session; a lock that is let go goes to the next one within half a second",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: 40 });
    await using group = new WorkerGroup(context);
    const diary = new HolderDiary(join(context.directory, "diary"));
    const lockFolder = join(test.plan.storeDirectory, "locks");
    const locks = (): string[] => (existsSync(lockFolder) ? readdirSync(lockFolder) : []);
    if (full) await group.bundle(file);
    const start = (name: string): Worker<Holder> =>
      group.start(file, { ...test.plan, diary: diary.path, name } satisfies HolderPlan);
    const programs = ["program-0", "program-1", "program-2"].map(start);
    const [first, ...others] = programs as [Worker<Holder>, ...Worker<Holder>[]];
    for (const program of programs) await program.says("ready");

    const found = {
      pauses: total("pauses"),
      surplus: total("logins too many or too few where the lock stayed", { exactly: 0 }),
      overlaps: total("times two holders there", { exactly: 0 }),
      logins: highest("logins for an account whose lock was lost (at most)", { atMost: 2 }),
      mpins: total("MPINs that a resumed program still sent there", { exactly: 0 }),
      deadReads: total("requests with a dead session", { exactly: 0 }),
      // A bound of sanity, not of speed: what is measured depends on the machine.
      handOverMs: highest("ms from one holder that lets go to the next (at most)", { atMost: 500 }),
      strange: faults("pauses after which a program ended otherwise than it should"),
    };
    for (const broker of ["nubra", "kotak-neo"] as const) {
      const { steps } = await first.ask("logIn", test.take(broker));
      const answers = [...steps.keys()].filter((at) => steps[at]?.startsWith("after /"));
      for (const at of full ? answers : answers.slice(-1))
        for (const loseLock of [false, true]) await stopped(`${broker}, ${steps[at]}`, at, test.take(broker), loseLock);
    }
    for (let round = 0; round < (full ? 120 : 24); round++) await handOver(round);
    for (const program of programs) await program.end();
    return counted(found);

    /** From one program that lets go to another one that waits, in turns: mostly as long as a quick login takes, now and then a slow one. */
    async function handOver(round: number): Promise<void> {
      const [holder, waiter] = round % 2 === 0 ? [first, others[0]!] : [others[0]!, first];
      const holding = holder.ask("hold", round % 6 === 0 ? 300 : 20);
      await holder.says("holding");
      const waited = await waiter.ask("hold", 0);
      found.handOverMs.add(Math.round(waited.heldAt - (await holding).letGoAt));
    }

    /**
     * One login that is stopped in the middle and goes on later.
     * @param account known to nobody before, so that what is in the folder of locks afterwards is its lock
     */
    async function stopped(step: string, at: number, account: TestAccount, loseLock: boolean): Promise<void> {
      const before = new Set(locks());
      const stopping = first.ask("logIn", account, { stop: { at, by: "SIGSTOP" } });
      await first.says("waiting");
      while (!diary.of(account.name).some(({ what }) => what === "stops")) await pause(2);
      // What a lease that has run out does in other stores: the next one gets the lock although the holder is still there.
      if (loseLock) for (const name of locks()) if (!before.has(name)) rmSync(join(lockFolder, name));
      const waiting = Promise.all(others.map((other) => other.ask("logIn", account)));
      // While the lock stays with the stopped program, the others wait for it whatever it takes.
      await (loseLock ? waiting : pause(150));
      // Whoever sleeps wakes up later than all the others.
      test.clock.advance(5_000);
      const mark = test.sandbox.journal.mark();
      first.kill("SIGCONT");
      const resumed = await stopping;
      const ended = await waiting;

      const after = await Promise.all(programs.map((program) => program.ask("read")));
      const sessions = new Set(after.map(({ generation }) => generation));
      const results = [...ended, ...after].map(({ result }) => result);
      // A program that finds another one ahead may say so once; the next call adopts.
      const fine = ["session", ...(loseLock ? ["store_busy"] : [])].includes(resumed.result);
      // How the programs ended, and that they hold one and the same session.
      const right = fine && sessions.size === 1 && results.every((result) => result === "session");
      const logins = test.minted(account.name);
      found.pauses.add(1);
      if (loseLock) found.logins.add(logins);
      else found.surplus.add(logins - 1);
      found.overlaps.add(loseLock ? 0 : diary.overlaps(account.name));
      found.mpins.add(loseLock ? test.arrivals(account.name, "mpin", { after: mark }, isOfFirst) : 0);
      found.deadReads.add(refusedRequests(test, "read", [account]));
      if (!right) found.strange.add(`at ${step}: ${resumed.result}; ${results.join(", ")}; ${sessions.size} sessions`);
    }
  },
};
