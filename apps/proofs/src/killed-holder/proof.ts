import { join } from "node:path";
import { type TestAccount, openTestEnvironment } from "@x/test-environment";
import { counted, faults, highest, type Proof, total } from "../harness/proof.ts";
import { HolderDiary, type HolderPlan, senderHeader } from "../holders/holder-diary.ts";
import type { Holder } from "../holders/holder-worker.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";

const file = new URL("../holders/holder-worker.ts", import.meta.url);
const never = Number.POSITIVE_INFINITY;
// Enough for every step of both brokers with both MPINs.
const accountsInFull = 140;

export const proof: Proof = {
  promises: ["P1", "P2", "P3"],
  bar: "SIGKILL at every step of a login: the lock is free within 1 s, never two holders, at most 1 further login, none after a refusal that was kept, 0 reused TOTP steps",
  async run(context) {
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: full ? accountsInFull : 16 });
    await using group = new WorkerGroup(context);
    const diary = new HolderDiary(join(context.directory, "diary"));
    if (full) await group.bundle(file);
    let names = 0;
    const start = (): Worker<Holder> =>
      group.start(file, { ...test.plan, diary: diary.path, name: `program-${names++}` } satisfies HolderPlan);
    // Started ahead of time: a program takes longer to start than a login takes.
    const ahead = Array.from({ length: full ? 3 : 4 }, start);
    const waiters = [start(), start()] as const;
    for (const waiter of waiters) await waiter.says("ready");
    const take = (broker: TestAccount["broker"], right: boolean): TestAccount =>
      right ? test.take(broker) : { ...test.take(broker), mpin: "999999" };

    const found = {
      kills: total("kills"),
      handOverMs: highest("ms until another process held the lock or had no need of it (at most)", { atMost: 1_000 }),
      overlaps: total("times two holders", { exactly: 0 }),
      further: highest("further logins for a kill (at most)", { atMost: 1 }),
      kept: total("refusals that were kept"),
      keptMpins: total("MPINs sent after them", { exactly: 0 }),
      lost: total("other kills with a wrong MPIN"),
      lostMpins: highest("wrong MPINs at the broker for one (at most)", { atMost: 2 }),
      reusedSteps: total("reused TOTP steps", { exactly: 0 }),
      strange: faults("kills after which a waiter ended otherwise than it should"),
    };
    let turn = 0;
    for (const right of [true, false]) {
      for (const broker of ["nubra", "kotak-neo"] as const) {
        // The steps from the lock on, by going through them once.
        const { steps } = await waiters[turn++ % 2]!.ask("logIn", take(broker, right));
        // In short: between the broker's answer and the write that keeps it, and after that write.
        for (const at of full ? steps.keys() : [steps.length - (right ? 3 : 2)])
          await kill(take(broker, right), steps, at, right);
      }
    }
    for (const waiter of waiters) await waiter.end();
    return counted(found);

    /** One login that is killed at a step, and what the others made of it. */
    async function kill(account: TestAccount, steps: readonly string[], at: number, right: boolean): Promise<void> {
      const victim = ahead.shift() ?? start();
      if (full) ahead.push(start());
      await victim.says("ready");
      const dying = victim.ask("logIn", account, { stop: { at, by: "SIGKILL" }, announced: true });
      for (const word of ["waiting", "holding"]) await victim.says(word);
      const waiting = waiters.map((waiter) => waiter.ask("logIn", account));
      for (const waiter of waiters) await waiter.says("waiting");
      victim.goOn();
      const report = await dying.catch(() => undefined);
      if (report !== undefined)
        throw new Error(`the login was over before step ${at} (${steps[at]}): ${JSON.stringify(report)}`);
      const results = (await Promise.all(waiting)).map(({ result }) => result);
      const endedAt = Number(process.hrtime.bigint()) / 1e6;

      const { name, broker } = account;
      const lines = diary.of(name);
      const died = lines.find(({ what }) => what === "dies");
      const next = lines.find((line) => line.what === "holds" && line.at > (died?.at ?? never));
      // A dead process has nothing on its way any more, but its last request may be in the journal with nobody to take the answer.
      const others = (step: "totp" | "mpin", outcome?: string): number =>
        test.arrivals(name, step, { outcome }, ({ headers }) => headers[senderHeader] !== died?.who);
      const lastAnswer = steps.findLastIndex((step) => step.startsWith("after /"));
      // A refusal was written down before the kill.
      const refusalKept = !right && at >= steps.indexOf("after a write", lastAnswer);
      found.kills.add(1);
      // From the kill to the moment another process held the lock; or had the session that was written before the kill, without the lock.
      found.handOverMs.add(Math.round((next?.at ?? endedAt) - (died?.at ?? 0)));
      found.overlaps.add(diary.overlaps(name));
      found.further.add(others("totp"), others("mpin", "accepted"));
      found.kept.add(refusalKept);
      found.keptMpins.add(refusalKept ? others("mpin") : 0);
      found.lost.add(!right && !refusalKept);
      found.lostMpins.add(right || refusalKept ? 0 : test.arrivals(name, "mpin"));
      found.reusedSteps.add(test.arrivals(name, "totp", { outcome: "refused: used-totp" }));
      if (results.some((result) => right !== (result === "session")))
        found.strange.add(`at ${broker}, ${steps[at]}: ${results.join(" and ")}`);
    }
  },
};
