import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type TestAccount, type TestEnvironment, openTestEnvironment } from "@x/test-environment";
import { type HolderDiary, holderDiary } from "../holders/holder-diary.ts";
import { type Done, doneOf, heard, type HolderOrder, type HolderPlan, senderHeader } from "../holders/holder-report.ts";
import { mostOf, sumOf } from "../harness/numbers.ts";
import { requests } from "../harness/requests.ts";
import { atMost, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";

const file = new URL("../holders/holder-worker.ts", import.meta.url);

export const pausedHolder: Proof = {
  name: "paused-holder",
  promises: ["P1", "P4"],
  bar: "SIGSTOP between an answer and the write that keeps it: 1 login while the lock holds; where the lock was lost, the late write changes nothing and nobody keeps a dead session",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: 40 });
    await using group = workerGroup(context);
    const diary = holderDiary(join(context.directory, "diary"));
    let names = 0;
    const start = (): Worker =>
      group.start(file, { ...test.plan, diary: diary.path, name: `program-${names++}` } satisfies HolderPlan);
    if (full) await group.bundle(file);
    const programs = [start(), start(), start()] as const;
    for (const program of programs) await heard(program, "ready");
    const held: Pause[] = [];
    const lost: Pause[] = [];
    for (const broker of ["nubra", "kotak-neo"] as const) {
      programs[0].tell({ kind: "log in", account: test.take(broker) } satisfies HolderOrder);
      const { steps } = await doneOf(programs[0]);
      const answers = [...steps.keys()].filter((at) => steps[at]?.startsWith("after /"));
      for (const at of full ? answers : answers.slice(-1)) {
        const given = { test, diary, programs, step: `${broker}, ${steps[at]}`, at };
        held.push(await stopped({ ...given, account: test.take(broker), loseLock: false }));
        lost.push(await stopped({ ...given, account: test.take(broker), loseLock: true }));
      }
    }
    for (const program of programs) program.tell({ kind: "end" } satisfies HolderOrder);
    const all = [...held, ...lost];
    const strange = all.flatMap((one) => (one.strange === undefined ? [] : [`at ${one.step}: ${one.strange}`]));
    return counted({
      pauses: told(all.length),
      [`logins for ${held.length} accounts whose lock stayed`]: exactly(sumOf(held, "logins"), held.length),
      "times two holders there": exactly(sumOf(held, "overlaps"), 0),
      "logins for an account whose lock was lost, at most": atMost(mostOf(lost, "logins"), 2),
      "MPINs that a resumed program still sent there": exactly(sumOf(lost, "mpins"), 0),
      "requests with a dead session": exactly(sumOf(all, "deadReads"), 0),
      "pauses after which a program ended otherwise than it should": none(strange),
    });
  },
};

interface PauseGiven {
  readonly test: TestEnvironment<string>;
  readonly diary: HolderDiary;
  readonly programs: readonly [Worker, Worker, Worker];
  /** Known to nobody before, so that what is in the directory afterwards is its lock. */
  readonly account: TestAccount;
  readonly step: string;
  readonly at: number;
  readonly loseLock: boolean;
}

type Pause = Awaited<ReturnType<typeof stopped>>;

/** One login that is stopped in the middle and goes on later. */
async function stopped({ test, diary, programs, account, step, at, loseLock }: PauseGiven) {
  const [first, second, third] = programs;
  const order = { kind: "log in", account } as const;
  const before = new Set(locks(test));
  first.tell({ ...order, stop: { at, by: "SIGSTOP" } } satisfies HolderOrder);
  await heard(first, "waiting");
  while (!diary.of(account.name).some(({ what }) => what === "stops")) await pause(2);
  if (loseLock) {
    // What a lease that has run out does in other stores: the next one gets the lock although the holder is still there.
    for (const name of locks(test)) if (!before.has(name)) rmSync(join(test.plan.storeDirectory, "locks", name));
  }
  for (const program of [second, third]) program.tell(order satisfies HolderOrder);
  const others: Done[] = loseLock ? await Promise.all([doneOf(second), doneOf(third)]) : [];
  // While the lock stays with the stopped program, the others wait for it whatever it takes.
  if (!loseLock) await pause(150);
  // Whoever sleeps wakes up later than all the others.
  test.clock.advance(5_000);
  const { journal } = test.sandbox;
  const mark = journal.mark();
  first.kill("SIGCONT");
  const resumed = await doneOf(first);
  if (!loseLock) others.push(await doneOf(second), await doneOf(third));

  for (const program of programs) program.tell({ kind: "read" } satisfies HolderOrder);
  const after = await Promise.all(programs.map(doneOf));
  const read = { account: account.name, step: requests[account.broker].read.step };
  const sessions = new Set(after.map(({ generation }) => generation));
  const results = [...others, ...after].map(({ result }) => result);
  // A program that finds another one ahead may say so once; the next call adopts.
  const fine = ["session", ...(loseLock ? ["store_busy"] : [])].includes(resumed.result);
  return {
    step,
    logins: test.minted(account.name),
    mpins: test.arrivals(account.name, "mpin", { after: mark }, ({ headers }) => headers[senderHeader] === "program-0"),
    deadReads: journal.count(read) - journal.count({ ...read, outcome: "accepted" }),
    overlaps: diary.overlaps(account.name),
    // How the programs ended, and that they hold one and the same session.
    strange:
      fine && sessions.size === 1 && results.every((result) => result === "session")
        ? undefined
        : `${resumed.result}; ${results.join(", ")}; ${sessions.size} sessions`,
  };
}

function locks({ plan }: TestEnvironment<string>): string[] {
  try {
    return readdirSync(join(plan.storeDirectory, "locks"));
  } catch {
    return [];
  }
}
