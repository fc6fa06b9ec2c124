import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestAccount, type TestEnvironment, openPlannedEngine, openTestEnvironment } from "@x/test-environment";
import type { DiskOrder, DiskPlan, DiskReport, Leaving } from "./disk-report.ts";
import { atLeast, counted, exactly, type Proof, type ProofContext, told } from "../harness/proof.ts";
import { type WorkerGroup, workerGroup } from "../workers/worker-group.ts";

const file = new URL("./disk-worker.ts", import.meta.url);

interface Tally {
  /** Programs that started on a disk in trouble and asked for a session that is in the store. */
  adoptions: number;
  adopted: number;
  /** Programs that had to log in there. */
  logins: number;
  /** Of them, those that were refused, and how. */
  readonly refusals: Map<string, number>;
  untyped: string[];
  /** Logins that went through and are in the store. */
  kept: number;
  /** Logins that a broker has seen a factor of, and that are not in the store. */
  sentInVain: string[];
  /** The same where one call of the file system failed at one moment, which nobody can know before. */
  lostByInjection: number;
  injections: number;
  injected: string;
}

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
    const tally: Tally = {
      adoptions: 0,
      adopted: 0,
      logins: 0,
      refusals: new Map(),
      untyped: [],
      kept: 0,
      sentInVain: [],
      lostByInjection: 0,
      injections: 0,
      injected: "",
    };
    const accounts = [...test.plan.accounts];
    await mountedDisks({ context, test, group, tally, accounts });
    if (full) await failingCalls({ context, test, group, tally, accounts });
    else tally.injected = "in the full form";

    const refused = [...tally.refusals.values()].reduce((sum, count) => sum + count, 0);
    return counted({
      [`of ${tally.adoptions} old sessions read`]: exactly(tally.adopted, tally.adoptions),
      [`of ${tally.logins} logins refused in time, ${tally.kept} kept`]: exactly(refused + tally.kept, tally.logins),
      "refused at least": atLeast(refused, full ? 500 : 10),
      "factors or OTPs in vain": exactly(tally.sentInVain.length, 0),
      "errors without a type": exactly(tally.untyped.length, 0),
      ...Object.fromEntries([...tally.refusals].map(([code, count]) => [`times ${code}`, told(count)])),
      [`failing calls (${tally.injected})`]: told(tally.injections),
      "logins lost by them": told(tally.lostByInjection),
      ...Object.fromEntries([...tally.sentInVain, ...tally.untyped].slice(0, 6).map((what) => [what, told("!")])),
    });
  },
};

interface Given {
  readonly context: ProofContext;
  readonly test: TestEnvironment<string>;
  readonly group: WorkerGroup;
  readonly tally: Tally;
  /** Accounts that no broker has seen yet. */
  readonly accounts: TestAccount[];
}

type Carry = (order: Exclude<DiskOrder, { kind: "end" }>) => Promise<DiskReport>;

async function mountedDisks({ context, test, group, tally, accounts }: Given): Promise<void> {
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
  const old = [takeFrom(accounts, "nubra"), takeFrom(accounts, "kotak-neo")];
  for (const account of old) {
    const { result } = await carry({ kind: "try", what: "session", account });
    if (result !== "session") throw new Error(`the old session could not be made: ${result}`);
  }
  // Finely where single pages count, then up to where a login finds room.
  const fine = Array.from({ length: 80 }, (_, step) => step * 4);
  const coarse = Array.from({ length: 26 }, (_, step) => 384 + step * 64);
  const kilobytes = full ? [...fine, ...coarse] : [0, 4, 24, 200, 2_000];
  for (const as of ["closed", "in use", "killed"] as const) {
    for (const free of kilobytes) {
      const trouble = {
        begin: { kind: "fill", but: free * 1_024 },
        end: { kind: "free" },
        name: `${free} kB free, ${as}`,
      } as const;
      await situation({ carry, test, tally, old, accounts, as, trouble });
    }
    for (let turn = 0; turn < (full ? 10 : 1); turn++) {
      const trouble = {
        begin: { kind: "make read-only" },
        end: { kind: "make writable" },
        name: `read-only, ${as}`,
      } as const;
      await situation({ carry, test, tally, old, accounts, as, trouble });
    }
  }
  worker.tell({ kind: "end" } satisfies DiskOrder);
  await worker.ended;
}

/** Programs that start while the disk is in trouble: two with a session in the store, one that has to log in, one that needs an SMS. */
async function situation(given: {
  readonly carry: Carry;
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly old: readonly TestAccount[];
  readonly accounts: TestAccount[];
  readonly as: Leaving;
  readonly trouble: { readonly begin: Parameters<Carry>[0]; readonly end: Parameters<Carry>[0]; readonly name: string };
}): Promise<void> {
  const { carry, test, tally, old, accounts, as, trouble } = given;
  await carry({ kind: "leave", as });
  await carry(trouble.begin);
  for (const account of old) {
    tally.adoptions += 1;
    const { result, generation } = await carry({ kind: "try", what: "session", account });
    if (result === "session" && generation > 0 && test.minted(account.name) === 1) tally.adopted += 1;
    else tally.untyped.push(`the old session, ${trouble.name}: ${result}`);
  }
  const [unattended, bySms] = [takeFrom(accounts), takeFrom(accounts, "nubra")];
  const login = await carry({ kind: "try", what: "session", account: unattended });
  const otp = await carry({ kind: "try", what: "ask for an OTP", account: bySms });
  await carry(trouble.end);

  const { journal } = test.sandbox;
  const factors = test.arrivals(unattended.name, "totp") + test.arrivals(unattended.name, "mpin");
  tally.logins += 2;
  if (login.result === "session") {
    const again = await carry({ kind: "try", what: "session", account: unattended });
    if (again.generation > 0 && test.minted(unattended.name) === 1) tally.kept += 1;
    else tally.sentInVain.push(`a login, ${trouble.name}`);
  } else refuse(tally, login.result, factors, `a login, ${trouble.name}`);
  if (otp.result === "challenge") tally.kept += 1;
  else
    refuse(tally, otp.result, journal.count({ account: bySms.name, step: "sendphoneotp" }), `an OTP, ${trouble.name}`);
  // Whom no broker has seen can be tried again.
  for (const account of [unattended, bySms])
    if (journal.count({ account: account.name }) === 0) accounts.unshift(account);
}

// Accounts come with the orders: hundreds of them are too many for a command line.
function diskPlan({ plan }: TestEnvironment<string>, { directory }: ProofContext): DiskPlan {
  return { ...plan, accounts: [], workDirectory: directory };
}

function refuse(tally: Tally, code: string, factors: number, what: string): void {
  if (code.startsWith("store_")) tally.refusals.set(code, (tally.refusals.get(code) ?? 0) + 1);
  else tally.untyped.push(`${what}: ${code}`);
  if (factors > 0) tally.sentInVain.push(what);
}

// One call fails at one moment, and the next ones do not: each of them in turn, as long as there is a next one.
const failures = [
  "pread64:EIO",
  "pwrite64:ENOSPC",
  "pwrite64:EIO",
  "fsync:EIO",
  "fdatasync:EIO",
  "openat:EMFILE",
  "ftruncate:EIO",
  "mmap:ENOMEM",
];
const furthest = 45;

async function failingCalls({ context, test, group, tally, accounts }: Given): Promise<void> {
  if (!isThere("strace")) {
    tally.injected = "left out: there is no strace";
    return;
  }
  tally.injected = "by strace";
  const { plan } = test;
  const old = takeFrom(accounts);
  await using writer = openPlannedEngine(plan, { accounts: [old] });
  await writer.session(old.name);
  await writer.close();
  const log = join(context.directory, "strace.log");
  for (const failure of failures) {
    const [call = "", error = ""] = failure.split(":");
    for (let turn = 1; turn <= furthest; turn++) {
      const account = takeFrom(accounts);
      const paths = ["sessions.db", "sessions.db-wal", "sessions.db-shm", "locks"].flatMap((name) => [
        "-P",
        join(plan.storeDirectory, name),
      ]);
      const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${turn}`];
      const worker = group.start(file, diskPlan(test, context), [
        "strace",
        "-f",
        "-qq",
        "-o",
        log,
        ...inject,
        ...paths,
      ]);
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
      tally.untyped.push(
        ...results
          .filter((result) => result !== "session" && !result.startsWith("store_"))
          .map((result) => `${failure} ${turn}: ${result}`),
      );
      await afterwards({ test, tally, old, account, login: results[1] ?? "", what: `${failure} ${turn}` });
    }
  }
}

/** A program on a disk that is well again: the old session is there, and a login that was told as done is too. */
async function afterwards(given: {
  readonly test: TestEnvironment<string>;
  readonly tally: Tally;
  readonly old: TestAccount;
  readonly account: TestAccount;
  readonly login: string;
  readonly what: string;
}): Promise<void> {
  const { test, tally, old, account, login, what } = given;
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

function takeFrom(accounts: TestAccount[], broker?: TestAccount["broker"]): TestAccount {
  const index = broker === undefined ? 0 : accounts.findIndex((account) => account.broker === broker);
  const [account] = accounts.splice(index, 1);
  if (account === undefined) throw new Error("the environment has too few accounts");
  return account;
}

function isThere(tool: string): boolean {
  try {
    execFileSync(tool, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
