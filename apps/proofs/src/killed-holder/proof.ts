import { join } from "node:path";
import { type TestAccount, type TestEnvironment, openTestEnvironment } from "@x/test-environment";
import { type HolderDiary, holderDiary } from "../holders/holder-diary.ts";
import {
  doneOf,
  heard,
  type HolderOrder,
  type HolderPlan,
  type HolderReport,
  senderHeader,
} from "../holders/holder-report.ts";
import { most, mostOf, sum, sumOf } from "../harness/numbers.ts";
import { atMost, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";

const file = new URL("../holders/holder-worker.ts", import.meta.url);
const wrongMpin = "999999";
// Enough for every step of both brokers with both MPINs.
const accountsInFull = 140;

export const killedHolder: Proof = {
  name: "killed-holder",
  promises: ["P1", "P2", "P3"],
  bar: "SIGKILL at every step of a login: the lock is free within 1 s, never two holders, at most 1 further login, none after a refusal that was kept, 0 reused TOTP steps",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: full ? accountsInFull : 16 });
    await using group = workerGroup(context);
    const diary = holderDiary(join(context.directory, "diary"));
    const plan = (name: string): HolderPlan => ({ ...test.plan, diary: diary.path, name });
    const start = (name: string): Worker => group.start(file, plan(name));
    if (full) await group.bundle(file);

    let names = 0;
    // Started ahead of time: a program takes longer to start than a login takes.
    const ahead = Array.from({ length: full ? 3 : 4 }, () => start(`victim-${names++}`));
    const waiters = [start("waiter-1"), start("waiter-2")];
    for (const waiter of waiters) await waiter.hear();

    const kills: Awaited<ReturnType<typeof kill>>[] = [];
    let looked = 0;
    for (const right of [true, false]) {
      for (const broker of ["nubra", "kotak-neo"] as const) {
        const steps = await stepsOf(waiters[looked++ % waiters.length]!, test.take(broker), right);
        // In short: between the broker's answer and the write that keeps it, and after that write.
        const chosen = full ? steps.keys() : [steps.length - (right ? 3 : 2)];
        for (const at of chosen) {
          const name = `victim-${names++}`;
          const victim = ahead.shift() ?? start(name);
          if (full) ahead.push(start(name));
          kills.push(await kill({ test, diary, victim, waiters, account: test.take(broker), steps, at, right }));
        }
      }
    }
    for (const waiter of waiters) waiter.tell({ kind: "end" } satisfies HolderOrder);

    const kept = kills.filter(({ refusalKept }) => refusalKept);
    const lost = kills.filter(({ right, refusalKept }) => !right && !refusalKept);
    const strange = kills
      .filter(({ right, results }) => results.some((result) => right !== (result === "session")))
      .map(({ step, results }) => `at ${step}: ${results.join(" and ")}`);
    const further = kills.map(({ further: { logins, sessions } }) => Math.max(logins, sessions));
    return counted({
      kills: told(kills.length),
      "ms until the lock was held again, at most": atMost(mostOf(kills, "handOverMs"), 1_000),
      "times two holders": exactly(sumOf(kills, "overlaps"), 0),
      "further logins for a kill, at most": atMost(most(further), 1),
      [`MPINs sent after ${kept.length} refusals that were kept`]: exactly(
        sum(kept.map(({ further: { mpins } }) => mpins)),
        0,
      ),
      [`wrong MPINs at the broker for ${lost.length} other kills, at most`]: atMost(mostOf(lost, "mpins"), 2),
      "reused TOTP steps": exactly(sumOf(kills, "reusedSteps"), 0),
      "kills after which a waiter ended otherwise than it should": none(strange),
    });
  },
};

/** The steps of a login from the lock on, by going through them once. */
async function stepsOf(worker: Worker, account: TestAccount, right: boolean): Promise<readonly string[]> {
  worker.tell({ kind: "log in", account: right ? account : { ...account, mpin: wrongMpin } } satisfies HolderOrder);
  return (await doneOf(worker)).steps;
}

interface KillGiven {
  readonly test: TestEnvironment<string>;
  readonly diary: HolderDiary;
  readonly victim: Worker;
  readonly waiters: readonly Worker[];
  readonly account: TestAccount;
  readonly steps: readonly string[];
  readonly at: number;
  /** Whether the MPIN is the right one. */
  readonly right: boolean;
}

/** One login that is killed at a step, and what the others made of it. */
async function kill({ test, diary, victim, waiters, account, steps, at, right }: KillGiven) {
  const { name, broker } = account;
  const order = { kind: "log in", account: right ? account : { ...account, mpin: wrongMpin } } as const;
  await heard(victim, "ready");
  victim.tell({ ...order, stop: { at, by: "SIGKILL" }, announce: true } satisfies HolderOrder);
  await heard(victim, "waiting", "holding");
  for (const waiter of waiters) waiter.tell(order satisfies HolderOrder);
  for (const waiter of waiters) await heard(waiter, "waiting");
  victim.tell("go on");
  const report = await victim.next<HolderReport>();
  if (report !== undefined)
    throw new Error(`the login was over before step ${at} (${steps[at]}): ${JSON.stringify(report)}`);
  const results = await Promise.all(waiters.map(async (waiter) => (await doneOf(waiter)).result));

  const lines = diary.of(name);
  const died = lines.find(({ what }) => what === "dies");
  const next = lines.find(
    ({ at: moment, what }) => what === "holds" && moment > (died?.at ?? Number.POSITIVE_INFINITY),
  );
  // A dead process has nothing on its way any more, but its last request may be in the journal with nobody to take the answer.
  const others = (step: "totp" | "mpin", outcome?: string): number =>
    test.arrivals(account.name, step, { outcome }, ({ headers }) => headers[senderHeader] !== died?.who);
  const settled = steps.indexOf(
    "after a write",
    steps.findLastIndex((step) => step.startsWith("after /")),
  );
  return {
    step: `${broker}, ${steps[at]}`,
    right,
    // A refusal was written down before the kill.
    refusalKept: !right && at >= settled,
    // From the kill to the moment another process held the lock.
    handOverMs: Math.round((next?.at ?? Number.POSITIVE_INFINITY) - (died?.at ?? 0)),
    overlaps: diary.overlaps(name),
    further: { logins: others("totp"), mpins: others("mpin"), sessions: others("mpin", "accepted") },
    mpins: test.arrivals(account.name, "mpin"),
    reusedSteps: test.arrivals(account.name, "totp", { outcome: "refused: used-totp" }),
    results,
  };
}
