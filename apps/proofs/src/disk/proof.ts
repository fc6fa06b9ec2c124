import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestAccount, type TestEnvironment, openPlannedEngine, openTestEnvironment } from "@x/test-environment";
import type { DiskOrder, DiskPlan, DiskReport, Leaving } from "./disk-report.ts";
import { sum } from "../harness/numbers.ts";
import { atLeast, counted, exactly, none, type Proof, type ProofContext, told } from "../harness/proof.ts";
import { type WorkerGroup, workerGroup } from "../workers/worker-group.ts";

const file = new URL("./disk-worker.ts", import.meta.url);

export const disk: Proof = {
  name: "disk",
  promises: ["P9"],
  bar: "full and read-only disks and failing calls: the old record is readable always, every error has its type, and a disk in trouble is found before an OTP is asked for or a factor sent",
  async run(context) {
    if (process.platform !== "linux")
      return { holds: false, figure: "needs Linux: a small disk of its own is mounted" };
    const full = context.scale === "full";
    await using test = await openTestEnvironment({ ...context, accounts: full ? 800 : 24 });
    await using group = workerGroup(context);
    if (full) await group.bundle(file);
    const tally = newTally();
    await mountedDisks({ context, test, group, tally });
    if (full) await failingCalls({ context, test, group, tally });
    else tally.injected = "in the full form";

    const refused = sum([...tally.refusals.values()]);
    return counted({
      [`of ${tally.adoptions} old sessions read`]: exactly(tally.adopted, tally.adoptions),
      [`of ${tally.logins} logins refused in time, ${tally.kept} kept`]: exactly(refused + tally.kept, tally.logins),
      "refused at least": atLeast(refused, full ? 500 : 10),
      "factors or OTPs in vain": none(tally.sentInVain),
      "errors without a type": none(tally.untyped),
      ...Object.fromEntries([...tally.refusals].map(([code, count]) => [`times ${code}`, told(count)])),
      [`failing calls (${tally.injected})`]: told(tally.injections),
      "logins lost by them": told(tally.lostByInjection),
    });
  },
};

const newTally = () => ({
  /** Programs that started on a disk in trouble and asked for a session that is in the store. */
  adoptions: 0,
  adopted: 0,
  /** Programs that had to log in there. */
  logins: 0,
  /** Of them, those that were refused, and how. */
  refusals: new Map<string, number>(),
  untyped: [] as string[],
  /** Logins that went through and are in the store. */
  kept: 0,
  /** Logins that a broker has seen a factor of, and that are not in the store. */
  sentInVain: [] as string[],
  /** The same where one call of the file system failed at one moment, which nobody can know before. */
  lostByInjection: 0,
  injections: 0,
  injected: "",
  /** Accounts of a refused login that no broker has seen: they can be tried again. */
  unseen: [] as TestAccount[],
});

interface Given {
  readonly context: ProofContext;
  readonly test: TestEnvironment<string>;
  readonly group: WorkerGroup;
  readonly tally: ReturnType<typeof newTally>;
}

type Carry = (order: Exclude<DiskOrder, { kind: "end" }>) => Promise<DiskReport>;

async function mountedDisks({ context, test, group, tally }: Given): Promise<void> {
  const full = context.scale === "full";
  const plan = diskPlan(test, context);
  // In a name space of its own, so that the mounts end with the process. Others than the superuser need one of users as well.
  const through = ["unshare", ...(process.geteuid?.() === 0 ? [] : ["--map-root-user"]), "--mount"];
  const worker = group.start(file, plan, through);
  await worker.hear();
  const carry: Carry = async (order) => {
    worker.tell(order);
    return worker.hear<DiskReport>();
  };
  await carry({ kind: "mount", megabytes: 8 });
  const old = [test.take("nubra"), test.take("kotak-neo")];
  for (const account of old) {
    const { result } = await carry({ kind: "try", what: "session", account });
    if (result !== "session") throw new Error(`the old session could not be made: ${result}`);
  }
  // Finely where single pages count, then up to where a login finds room.
  const fine = Array.from({ length: 80 }, (_, step) => step * 4);
  const coarse = Array.from({ length: 26 }, (_, step) => 384 + step * 64);
  const kilobytes = full ? [...fine, ...coarse] : [0, 4, 24, 200, 2_000];
  const filled = kilobytes.map((free) => ({
    begin: { kind: "fill", but: free * 1_024 },
    end: { kind: "free" },
    what: `${free} kB free`,
  }));
  const readOnly = { begin: { kind: "make read-only" }, end: { kind: "make writable" }, what: "read-only" } as const;
  const troubles = [...filled, ...Array.from({ length: full ? 10 : 1 }, () => readOnly)] as readonly Trouble[];
  for (const as of ["closed", "in use", "killed"] as const)
    for (const trouble of troubles) await meetTrouble({ context, test, group, tally }, { carry, old, as, trouble });
  worker.tell({ kind: "end" } satisfies DiskOrder);
  await worker.ended;
}

interface Trouble {
  readonly begin: Parameters<Carry>[0];
  readonly end: Parameters<Carry>[0];
  readonly what: string;
}

interface Situation {
  readonly carry: Carry;
  readonly old: readonly TestAccount[];
  readonly as: Leaving;
  readonly trouble: Trouble;
}

/** Programs that start while the disk is in trouble: two with a session in the store, one that has to log in, one that needs an SMS. */
async function meetTrouble({ test, tally }: Given, { carry, old, as, trouble }: Situation): Promise<void> {
  const what = `${trouble.what}, ${as}`;
  await carry({ kind: "leave", as });
  await carry(trouble.begin);
  for (const account of old) {
    tally.adoptions += 1;
    const { result, generation } = await carry({ kind: "try", what: "session", account });
    if (result === "session" && generation > 0 && test.minted(account.name) === 1) tally.adopted += 1;
    else tally.untyped.push(`the old session, ${what}: ${result}`);
  }
  const [unattended, bySms] = [takeUnseen({ test, tally }), takeUnseen({ test, tally }, "nubra")];
  const login = await carry({ kind: "try", what: "session", account: unattended });
  const otp = await carry({ kind: "try", what: "ask for an OTP", account: bySms });
  await carry(trouble.end);

  const { journal } = test.sandbox;
  const factors = test.arrivals(unattended.name, "totp") + test.arrivals(unattended.name, "mpin");
  tally.logins += 2;
  if (login.result === "session") {
    const again = await carry({ kind: "try", what: "session", account: unattended });
    if (again.generation > 0 && test.minted(unattended.name) === 1) tally.kept += 1;
    else tally.sentInVain.push(`a login, ${what}`);
  } else refuse(tally, login.result, factors, `a login, ${what}`);
  if (otp.result === "challenge") tally.kept += 1;
  else refuse(tally, otp.result, journal.count({ account: bySms.name, step: "sendphoneotp" }), `an OTP, ${what}`);
  tally.unseen.push(...[unattended, bySms].filter((account) => journal.count({ account: account.name }) === 0));
}

function takeUnseen(
  { test, tally: { unseen } }: Pick<Given, "test" | "tally">,
  broker?: TestAccount["broker"],
): TestAccount {
  const index = unseen.findIndex((account) => broker === undefined || account.broker === broker);
  return unseen.splice(index, index < 0 ? 0 : 1)[0] ?? test.take(broker);
}

// Accounts come with the orders: hundreds of them are too many for a command line.
function diskPlan({ plan }: TestEnvironment<string>, { directory }: ProofContext): DiskPlan {
  return { ...plan, accounts: [], workDirectory: directory };
}

function refuse(tally: Given["tally"], code: string, factors: number, what: string): void {
  if (code.startsWith("store_")) tally.refusals.set(code, (tally.refusals.get(code) ?? 0) + 1);
  else tally.untyped.push(`${what}: ${code}`);
  if (factors > 0) tally.sentInVain.push(what);
}

// One call fails at one moment, and the next ones do not: each of them in turn, as long as there is a next one.
const failures =
  "pread64:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO openat:EMFILE ftruncate:EIO mmap:ENOMEM".split(" ");
const furthest = 45;

async function failingCalls({ context, test, group, tally }: Given): Promise<void> {
  if (!isThere("strace")) {
    tally.injected = "left out: there is no strace";
    return;
  }
  tally.injected = "by strace";
  const { plan } = test;
  const old = test.take();
  await using writer = openPlannedEngine(plan, { accounts: [old] });
  await writer.session(old.name);
  await writer.close();
  const log = join(context.directory, "strace.log");
  for (const failure of failures) {
    const [call = "", error = ""] = failure.split(":");
    for (let turn = 1; turn <= furthest; turn++) {
      const account = test.take();
      const paths = ["sessions.db", "sessions.db-wal", "sessions.db-shm", "locks"].flatMap((name) => [
        "-P",
        join(plan.storeDirectory, name),
      ]);
      const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${turn}`];
      const strace = ["strace", "-f", "-qq", "-o", log, ...inject, ...paths];
      const worker = group.start(file, diskPlan(test, context), strace);
      await worker.hear();
      const results: string[] = [];
      for (const one of [old, account]) {
        worker.tell({ kind: "try", what: "session", account: one } satisfies DiskOrder);
        results.push((await worker.hear<DiskReport>()).result);
      }
      worker.tell({ kind: "end" } satisfies DiskOrder);
      await worker.ended;
      const injected = readFileSync(log, "utf8").includes("(INJECTED)");
      rmSync(log);
      if (!injected) break;
      tally.injections += 1;
      const what = `${failure} ${turn}`;
      const untyped = results.filter((result) => result !== "session" && !result.startsWith("store_"));
      tally.untyped.push(...untyped.map((result) => `${what}: ${result}`));
      await afterwards({ test, tally }, [old, account], results[1] ?? "", what);
    }
  }
}

/** A program on a disk that is well again: the old session is there, and a login that was told as done is too. */
async function afterwards(
  { test, tally }: Pick<Given, "test" | "tally">,
  [old, account]: readonly [TestAccount, TestAccount],
  login: string,
  what: string,
): Promise<void> {
  await using auth = openPlannedEngine(test.plan, { accounts: [old, account] });
  const minted = test.minted(account.name);
  tally.adoptions += 1;
  if ((await auth.session(old.name)).generation > 0 && test.minted(old.name) === 1) tally.adopted += 1;
  else tally.untyped.push(`the old session after ${what}`);
  const { generation } = await auth.session(account.name);
  if (login === "session" && test.minted(account.name) !== minted) tally.sentInVain.push(`after ${what}`);
  if (login !== "session" && minted > 0 && test.minted(account.name) > minted) tally.lostByInjection += 1;
  if (generation < 1) tally.untyped.push(`the login after ${what}`);
}

function isThere(tool: string): boolean {
  try {
    execFileSync(tool, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
