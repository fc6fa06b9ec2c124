import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openPlannedEngine, openTestEnvironment, type TestAccount } from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { counted, faults, type Proof, told, total } from "../harness/proof.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";
import type { DiskPlan, DiskProgram, Leaving } from "./disk-worker.ts";

const file = new URL("./disk-worker.ts", import.meta.url);

// One call fails at one moment, and the next ones do not: each of them in turn, as long as there is a next one.
const failures =
  "pread64:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO openat:EMFILE ftruncate:EIO mmap:ENOMEM".split(" ");
const furthest = 45;
const tracer = "strace";

/** A disk with so many kilobytes free, or one that cannot be written to. */
type Trouble = number | "read-only";
type Disk = Worker<DiskProgram>;

export const proof: Proof = {
  promises: ["P9"],
  bar: "full and read-only disks and failing calls: the old record is readable always, every error has its type, and a disk in trouble is found before an OTP is asked for or a factor sent",
  async run(context) {
    if (process.platform !== "linux")
      return { holds: false, figure: "needs Linux: a small disk of its own is mounted" };
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: full ? 800 : 24 });
    await using group = new WorkerGroup(context);
    const { journal } = test.sandbox;
    // Accounts come with the orders: hundreds of them are too many for a command line.
    const plan: DiskPlan = { ...test.plan, accounts: [], workDirectory: context.directory };
    if (full) await group.bundle(file);

    const byStrace = full && spawnSync(tracer, ["-V"]).status === 0;
    const refusals = new Map<string, number>();
    const found = {
      adoptions: total("programs that asked for an old session"),
      missed: total("of them without it", { exactly: 0 }),
      logins: total("that had to log in"),
      kept: total("logins kept"),
      refused: total("refused in time", { atLeast: full ? 500 : 10 }),
      // Those that a broker has seen a factor of, and that are not in the store.
      sentInVain: faults("factors or OTPs in vain"),
      untyped: faults("errors without a type"),
      failures: total(
        `failing calls (${byStrace ? "by strace" : full ? "left out: there is no strace" : "in the full form"})`,
      ),
      // By one call of the file system that failed at one moment, which nobody can know before.
      lost: total("logins lost by them"),
    };
    /** Accounts of a refused login that no broker has seen: they can be tried again. */
    const unseen: TestAccount[] = [];

    await mountedDisks();
    if (byStrace) await failingCalls();
    return counted(found, Object.fromEntries([...refusals].map(([code, count]) => [`times ${code}`, told(count)])));

    async function mountedDisks(): Promise<void> {
      // In a name space of its own, so that the mounts end with the process. Others than the superuser need one of users as well.
      const through = ["unshare", ...(process.geteuid?.() === 0 ? [] : ["--map-root-user"]), "--mount"];
      const worker = group.start<DiskProgram>(file, plan, through);
      await worker.says("ready");
      await worker.ask("mount", 8);
      const old = [test.take("nubra"), test.take("kotak-neo")];
      for (const account of old) {
        const result = await worker.ask("session", account);
        if (result !== "session") throw new Error(`the old session could not be made: ${result}`);
      }
      // Finely where single pages count, then up to where a login finds room.
      const fine = Array.from({ length: 80 }, (_, step) => step * 4);
      const coarse = Array.from({ length: 26 }, (_, step) => 384 + step * 64);
      const kilobytes = full ? [...fine, ...coarse] : [0, 4, 24, 200, 2_000];
      const troubles: readonly Trouble[] = [
        ...kilobytes,
        ...Array.from({ length: full ? 10 : 1 }, () => "read-only" as const),
      ];
      for (const as of ["closed", "in use", "killed"] as const)
        for (const trouble of troubles) await meetTrouble(worker, old, as, trouble);
      await worker.end();
    }

    /** Programs that start while the disk is in trouble: two with a session in the store, one that has to log in, one that needs an SMS. */
    async function meetTrouble(
      worker: Disk,
      old: readonly TestAccount[],
      as: Leaving,
      trouble: Trouble,
    ): Promise<void> {
      const readOnly = trouble === "read-only";
      const what = `${readOnly ? trouble : `${trouble} kB free`}, ${as}`;
      await worker.ask("leave", as);
      await (readOnly ? worker.ask("makeReadOnly") : worker.ask("fill", trouble * 1_024));
      for (const account of old) adopted(account, await worker.ask("session", account), `, ${what}`);
      const [unattended, bySms] = [takeUnseen(), takeUnseen("nubra")];
      const login = await worker.ask("session", unattended);
      const otp = await worker.ask("askForOtp", bySms);
      await worker.ask(readOnly ? "makeWritable" : "free");

      found.logins.add(2);
      if (login === "session") {
        const again = await worker.ask("session", unattended);
        if (again === "session" && test.minted(unattended.name) === 1) found.kept.add(1);
        else found.sentInVain.add(`a login, ${what}`);
      } else {
        const factors = test.arrivals(unattended.name, "totp") + test.arrivals(unattended.name, "mpin");
        refuse(login, factors, `a login, ${what}`);
      }
      if (otp === "challenge") found.kept.add(1);
      else refuse(otp, journal.count({ account: bySms.name, step: "sendphoneotp" }), `an OTP, ${what}`);
      unseen.push(...[unattended, bySms].filter((account) => journal.count({ account: account.name }) === 0));
    }

    function adopted({ name }: TestAccount, result: string, what: string): void {
      const made = result === "session" && test.minted(name) === 1;
      found.adoptions.add(1);
      found.missed.add(!made);
      if (!made) found.untyped.add(`the old session${what}: ${result}`);
    }

    function takeUnseen(broker?: TestAccount["broker"]): TestAccount {
      const index = unseen.findIndex((account) => broker === undefined || account.broker === broker);
      return unseen.splice(index, index < 0 ? 0 : 1)[0] ?? test.take(broker);
    }

    function refuse(code: string, factors: number, what: string): void {
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
      found.refused.add(1);
      if (!code.startsWith("store_")) found.untyped.add(`${what}: ${code}`);
      if (factors > 0) found.sentInVain.add(what);
    }

    async function failingCalls(): Promise<void> {
      const old = test.take();
      {
        await using writer = openPlannedEngine(test.plan, { accounts: [old] });
        await writer.session(old.name);
      }
      const log = join(context.directory, "strace.log");
      const files = ["sessions.db", "sessions.db-wal", "sessions.db-shm", "locks"];
      const paths = files.flatMap((name) => ["-P", join(plan.storeDirectory, name)]);
      for (const failure of failures) {
        const [call = "", error = ""] = failure.split(":");
        for (let turn = 1; turn <= furthest; turn++) {
          const [account, what] = [test.take(), `${failure} ${turn}`];
          const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${turn}`];
          const strace = [tracer, "-f", "-qq", "-o", log, ...inject, ...paths];
          const worker = group.start<DiskProgram>(file, plan, strace);
          await worker.says("ready");
          const results = [await worker.ask("session", old), await worker.ask("session", account)];
          await worker.end();
          const wasInjected = readFileSync(log, "utf8").includes("(INJECTED)");
          rmSync(log);
          if (!wasInjected) break;
          found.failures.add(1);
          for (const result of results)
            if (result !== "session" && !result.startsWith("store_")) found.untyped.add(`${what}: ${result}`);
          await afterwards(old, account, results[1] === "session", what);
        }
      }
    }

    /** A program on a disk that is well again: the old session is there, and a login that was told as done is too. */
    async function afterwards(old: TestAccount, account: TestAccount, done: boolean, what: string): Promise<void> {
      await using auth = openPlannedEngine(test.plan, { accounts: [old, account] });
      const minted = test.minted(account.name);
      const again = await outcomeOf(auth.session(old.name));
      adopted(old, again === "done" ? "session" : again, ` after ${what}`);
      const after = await outcomeOf(auth.session(account.name));
      if (done && test.minted(account.name) !== minted) found.sentInVain.add(`after ${what}`);
      found.lost.add(!done && minted > 0 && test.minted(account.name) > minted);
      if (after !== "done") found.untyped.add(`the login after ${what}`);
    }
  },
};
