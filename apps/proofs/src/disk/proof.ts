import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openPlannedEngine, openTestEnvironment, type TestAccount } from "@x/test-environment";
import { sum } from "../harness/numbers.ts";
import { atLeast, counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { type Worker, workerGroup } from "../workers/worker-group.ts";
import type { DiskPlan, DiskProgram, Leaving } from "./disk-worker.ts";

const file = new URL("./disk-worker.ts", import.meta.url);

// One call fails at one moment, and the next ones do not: each of them in turn, as long as there is a next one.
const failures =
  "pread64:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO openat:EMFILE ftruncate:EIO mmap:ENOMEM".split(" ");
const furthest = 45;

/** A disk in trouble: how it comes to that, and how it ends. */
interface Trouble {
  readonly what: string;
  begin(worker: Worker<DiskProgram>): Promise<void>;
  end(worker: Worker<DiskProgram>): Promise<void>;
}

const filled = (kilobytes: number): Trouble => ({
  what: `${kilobytes} kB free`,
  begin: (worker) => worker.ask("fill", kilobytes * 1_024),
  end: (worker) => worker.ask("free"),
});
const readOnly: Trouble = {
  what: "read-only",
  begin: (worker) => worker.ask("makeReadOnly"),
  end: (worker) => worker.ask("makeWritable"),
};

export const proof: Proof = {
  promises: ["P9"],
  bar: "full and read-only disks and failing calls: the old record is readable always, every error has its type, and a disk in trouble is found before an OTP is asked for or a factor sent",
  async run(context) {
    if (process.platform !== "linux")
      return { holds: false, figure: "needs Linux: a small disk of its own is mounted" };
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: full ? 800 : 24 });
    await using group = workerGroup(context);
    const { journal } = test.sandbox;
    // Accounts come with the orders: hundreds of them are too many for a command line.
    const plan: DiskPlan = { ...test.plan, accounts: [], workDirectory: context.directory };
    if (full) await group.bundle(file);

    // Programs that started on a disk in trouble: those that asked for a session that is in the store, and those that had to log in.
    const adoptions = { tried: 0, made: 0 };
    const logins = { tried: 0, kept: 0, refused: new Map<string, number>() };
    const untyped: string[] = [];
    /** Logins that a broker has seen a factor of, and that are not in the store. */
    const sentInVain: string[] = [];
    /** The same where one call of the file system failed at one moment, which nobody can know before. */
    const injected = { by: "in the full form", failures: 0, lost: 0 };
    /** Accounts of a refused login that no broker has seen: they can be tried again. */
    const unseen: TestAccount[] = [];

    await mountedDisks();
    if (full) injected.by = isThere("strace") ? "by strace" : "left out: there is no strace";
    if (injected.by === "by strace") await failingCalls();
    const refused = sum([...logins.refused.values()]);
    return counted({
      [`of ${adoptions.tried} old sessions read`]: exactly(adoptions.made, adoptions.tried),
      [`of ${logins.tried} logins refused in time, ${logins.kept} kept`]: exactly(refused + logins.kept, logins.tried),
      "refused at least": atLeast(refused, full ? 500 : 10),
      "factors or OTPs in vain": none(sentInVain),
      "errors without a type": none(untyped),
      ...Object.fromEntries([...logins.refused].map(([code, count]) => [`times ${code}`, told(count)])),
      [`failing calls (${injected.by})`]: told(injected.failures),
      "logins lost by them": told(injected.lost),
    });

    async function mountedDisks(): Promise<void> {
      // In a name space of its own, so that the mounts end with the process. Others than the superuser need one of users as well.
      const through = ["unshare", ...(process.geteuid?.() === 0 ? [] : ["--map-root-user"]), "--mount"];
      const worker = group.start<DiskProgram>(file, plan, through);
      await worker.says("ready");
      await worker.ask("mount", 8);
      const old = [test.take("nubra"), test.take("kotak-neo")];
      for (const account of old) {
        const { result } = await worker.ask("session", account);
        if (result !== "session") throw new Error(`the old session could not be made: ${result}`);
      }
      // Finely where single pages count, then up to where a login finds room.
      const fine = Array.from({ length: 80 }, (_, step) => step * 4);
      const coarse = Array.from({ length: 26 }, (_, step) => 384 + step * 64);
      const kilobytes = full ? [...fine, ...coarse] : [0, 4, 24, 200, 2_000];
      const troubles = [...kilobytes.map(filled), ...Array.from({ length: full ? 10 : 1 }, () => readOnly)];
      for (const as of ["closed", "in use", "killed"] as const)
        for (const trouble of troubles) await meetTrouble(worker, old, as, trouble);
      await worker.end();
    }

    /** Programs that start while the disk is in trouble: two with a session in the store, one that has to log in, one that needs an SMS. */
    async function meetTrouble(
      worker: Worker<DiskProgram>,
      old: readonly TestAccount[],
      as: Leaving,
      trouble: Trouble,
    ): Promise<void> {
      const what = `${trouble.what}, ${as}`;
      await worker.ask("leave", as);
      await trouble.begin(worker);
      for (const account of old) {
        const { result, generation } = await worker.ask("session", account);
        adopted(account, result === "session" ? generation : 0, `, ${what}: ${result}`);
      }
      const [unattended, bySms] = [takeUnseen(), takeUnseen("nubra")];
      const login = await worker.ask("session", unattended);
      const otp = await worker.ask("askForOtp", bySms);
      await trouble.end(worker);

      logins.tried += 2;
      if (login.result === "session") {
        const again = await worker.ask("session", unattended);
        if (again.generation > 0 && test.minted(unattended.name) === 1) logins.kept += 1;
        else sentInVain.push(`a login, ${what}`);
      } else {
        const factors = test.arrivals(unattended.name, "totp") + test.arrivals(unattended.name, "mpin");
        refuse(login.result, factors, `a login, ${what}`);
      }
      if (otp.result === "challenge") logins.kept += 1;
      else refuse(otp.result, journal.count({ account: bySms.name, step: "sendphoneotp" }), `an OTP, ${what}`);
      unseen.push(...[unattended, bySms].filter((account) => journal.count({ account: account.name }) === 0));
    }

    function adopted({ name }: TestAccount, generation: number, what: string): void {
      adoptions.tried += 1;
      if (generation > 0 && test.minted(name) === 1) adoptions.made += 1;
      else untyped.push(`the old session${what}`);
    }

    function takeUnseen(broker?: TestAccount["broker"]): TestAccount {
      const index = unseen.findIndex((account) => broker === undefined || account.broker === broker);
      return unseen.splice(index, index < 0 ? 0 : 1)[0] ?? test.take(broker);
    }

    function refuse(code: string, factors: number, what: string): void {
      if (code.startsWith("store_")) logins.refused.set(code, (logins.refused.get(code) ?? 0) + 1);
      else untyped.push(`${what}: ${code}`);
      if (factors > 0) sentInVain.push(what);
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
          const strace = ["strace", "-f", "-qq", "-o", log, ...inject, ...paths];
          const worker = group.start<DiskProgram>(file, plan, strace);
          await worker.says("ready");
          const results = [await worker.ask("session", old), await worker.ask("session", account)];
          await worker.end();
          const wasInjected = readFileSync(log, "utf8").includes("(INJECTED)");
          rmSync(log);
          if (!wasInjected) break;
          injected.failures += 1;
          for (const { result } of results)
            if (result !== "session" && !result.startsWith("store_")) untyped.push(`${what}: ${result}`);
          await afterwards(old, account, results[1]?.result === "session", what);
        }
      }
    }

    /** A program on a disk that is well again: the old session is there, and a login that was told as done is too. */
    async function afterwards(old: TestAccount, account: TestAccount, done: boolean, what: string): Promise<void> {
      await using auth = openPlannedEngine(test.plan, { accounts: [old, account] });
      const minted = test.minted(account.name);
      adopted(old, (await auth.session(old.name)).generation, ` after ${what}`);
      const { generation } = await auth.session(account.name);
      if (done && test.minted(account.name) !== minted) sentInVain.push(`after ${what}`);
      if (!done && minted > 0 && test.minted(account.name) > minted) injected.lost += 1;
      if (generation < 1) untyped.push(`the login after ${what}`);
    }
  },
};

function isThere(tool: string): boolean {
  try {
    execFileSync(tool, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
