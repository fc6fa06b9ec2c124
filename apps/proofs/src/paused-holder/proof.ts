import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openTestEnvironment, type TestAccount } from "@x/test-environment";
import { most, sum } from "../harness/numbers.ts";
import { atMost, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { refusedRequests } from "../harness/requests.ts";
import { holderDiary, type HolderPlan, senderHeader } from "../holders/holder-diary.ts";
import type { Holder } from "../holders/holder-worker.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";

const file = new URL("../holders/holder-worker.ts", import.meta.url);

export const proof: Proof = {
  promises: ["P1", "P4"],
  bar: "SIGSTOP between an answer and the write that keeps it: 1 login while the lock holds; where the lock was lost, the late write changes nothing and nobody keeps a dead session",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: 40 });
    await using group = workerGroup(context);
    const diary = holderDiary(join(context.directory, "diary"));
    const lockFolder = join(test.plan.storeDirectory, "locks");
    const locks = (): string[] => (existsSync(lockFolder) ? readdirSync(lockFolder) : []);
    if (full) await group.bundle(file);
    const start = (name: string): Worker<Holder> =>
      group.start(file, { ...test.plan, diary: diary.path, name } satisfies HolderPlan);
    const programs = ["program-0", "program-1", "program-2"].map(start);
    const [first, ...others] = programs as [Worker<Holder>, ...Worker<Holder>[]];
    for (const program of programs) await program.says("ready");

    const [held, lost]: Awaited<ReturnType<typeof stopped>>[][] = [[], []];
    for (const broker of ["nubra", "kotak-neo"] as const) {
      const { steps } = await first.ask("logIn", test.take(broker));
      const answers = [...steps.keys()].filter((at) => steps[at]?.startsWith("after /"));
      for (const at of full ? answers : answers.slice(-1)) {
        held!.push(await stopped(`${broker}, ${steps[at]}`, at, test.take(broker), false));
        lost!.push(await stopped(`${broker}, ${steps[at]}`, at, test.take(broker), true));
      }
    }
    for (const program of programs) await program.end();
    const all = [...held!, ...lost!];
    return counted({
      pauses: told(all.length),
      [`logins for ${held!.length} accounts whose lock stayed`]: exactly(
        sum(held!.map(({ logins }) => logins)),
        held!.length,
      ),
      "times two holders there": exactly(sum(held!.map(({ overlaps }) => overlaps)), 0),
      "logins for an account whose lock was lost, at most": atMost(most(lost!.map(({ logins }) => logins)), 2),
      "MPINs that a resumed program still sent there": exactly(sum(lost!.map(({ mpins }) => mpins)), 0),
      "requests with a dead session": exactly(sum(all.map(({ deadReads }) => deadReads)), 0),
      "pauses after which a program ended otherwise than it should": none(all.flatMap(({ strange }) => strange)),
    });

    /**
     * One login that is stopped in the middle and goes on later.
     * @param account known to nobody before, so that what is in the folder of locks afterwards is its lock
     */
    async function stopped(step: string, at: number, account: TestAccount, loseLock: boolean) {
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
      return {
        logins: test.minted(account.name),
        mpins: test.arrivals(
          account.name,
          "mpin",
          { after: mark },
          ({ headers }) => headers[senderHeader] === "program-0",
        ),
        deadReads: refusedRequests(test, "read", [account]),
        overlaps: diary.overlaps(account.name),
        strange: right ? [] : [`at ${step}: ${resumed.result}; ${results.join(", ")}; ${sessions.size} sessions`],
      };
    }
  },
};
