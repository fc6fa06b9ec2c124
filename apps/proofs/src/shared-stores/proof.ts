import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openTestEnvironment, type TestAccount, type TestEnvironment } from "@x/test-environment";
import { most, quantile, sum } from "../harness/numbers.ts";
import {
  counted,
  exactly,
  type Facts,
  none,
  type Proof,
  type ProofContext,
  type ProofRow,
  told,
} from "../harness/proof.ts";
import { requests } from "../harness/requests.ts";
import { type Worker, workerGroup, type WorkerGroup } from "../workers/worker-group.ts";
import { openPlace, type PlaceName, placeNames, type SharedPlace } from "./shared-place.ts";
import type { SharedOrder, SharedPlan, SharedReport } from "./shared-worker.ts";

const file = new URL("./shared-worker.ts", import.meta.url);
// A machine under load holds programs up by itself. One that loses its lease so, beside the one that was killed, is a second attempt without an
// answer: that stops an account by design, until the one that was held up has logged in.
const leaseMs = 3_000;
// Longer than any wait of a program that is told when to ask again.
const hangMs = 90_000;

/** Programs on several machines, in processes of their own, on a real server each: troubles in the middle of their logins. */
export const sharedStores: Proof = {
  name: "shared-stores",
  promises: ["P1", "P2", "P3", "P4", "P11"],
  bar: "programs on one Redis or PostgreSQL: 1 login per account without trouble, at most 1 further for each trouble, 0 reused TOTP codes, 0 dead sessions at the end, the stored session is the last one issued, 0 callers hang",
  async run(context) {
    const full = context.scale === "full";
    await using group = workerGroup(context);
    // Each trouble starts programs anew.
    await group.bundle(file);
    const rows: ProofRow[] = [];
    const facts: Record<string, Facts[string]> = {};
    for (const name of full ? placeNames : placeNames.slice(0, 2)) {
      await using place = await openPlace(name, leaseMs);
      for (const [what, trouble] of Object.entries(troubles)) {
        if (!full && trouble.short !== name) continue;
        if (!`${name}, ${what}`.includes(context.only ?? "")) continue;
        if (trouble.needs === "promote" && place.promote === undefined) continue;
        const result = await underTrouble({ context, group, place, trouble, full }).catch((error: unknown) => ({
          holds: false,
          figure: `could not be carried out: ${String(error)}`,
        }));
        rows.push({ what: `${name}, ${what}`, outcome: result.holds ? "passed" : "failed", found: result.figure });
        if (!result.holds) facts[`${name}, ${what}: ${result.figure}`] = exactly(1, 0);
      }
    }
    if (rows.length === 0) throw new Error(`no part has "${context.only ?? ""}" in its name`);
    const broken = rows.filter(({ outcome }) => outcome === "failed");
    return {
      ...counted({ troubles: told(rows.length), "that broke a promise": exactly(broken.length, 0), ...facts }),
      rows,
    };
  },
};

interface Trouble {
  /** How many programs and accounts, in full and in short. */
  readonly size: { readonly full: readonly [number, number]; readonly short: readonly [number, number] };
  /** Logins for an account beyond the first, at most. */
  readonly further: number;
  /** Where the short form has it. */
  readonly short?: PlaceName;
  readonly needs?: "promote";
  /** What the first program does to itself. */
  readonly stop?: SharedOrderStop;
  /** What is done once the first factor has arrived at a broker. */
  readonly make?: (place: SharedPlace, first: Worker) => Promise<void>;
  /** The server keeps nothing: programs that have seen more say so, and new ones begin anew. */
  readonly emptied?: true;
}

type SharedOrderStop = NonNullable<Extract<SharedOrder, { kind: "log in" }>["stop"]>;

const small = { full: [6, 6], short: [3, 2] } as const;
const answered = { after: "/verifypin" } as const;

const troubles: Readonly<Record<string, Trouble>> = {
  "the program that logs in is killed": { size: small, further: 1, stop: { ...answered, by: "SIGKILL" } },
  "it is held still for less than its lease": {
    size: small,
    further: 0,
    stop: { ...answered, by: "SIGSTOP" },
    make: async (place, first) => {
      await pause(place.leaseMs / 3);
      first.kill("SIGCONT");
    },
  },
  "it is held still until its lease is over": {
    size: small,
    further: 1,
    stop: { ...answered, by: "SIGSTOP" },
    make: async (place, first) => {
      await pause(place.leaseMs);
      first.kill("SIGCONT");
    },
  },
  "it is held still beyond its lease": {
    size: small,
    further: 1,
    short: "Redis",
    stop: { ...answered, by: "SIGSTOP" },
    make: async (place, first) => {
      await pause(place.leaseMs * 2);
      first.kill("SIGCONT");
    },
  },
  "the server is killed and comes back": {
    size: small,
    further: 1,
    short: "PostgreSQL",
    make: async ({ server }) => {
      await server.stop();
      await pause(300);
      await server.start();
    },
  },
  "the server is silent": {
    size: small,
    further: 1,
    make: async ({ server }) => {
      server.pause();
      await pause(4_000);
      server.resume();
    },
  },
  "the line is cut": {
    size: small,
    further: 1,
    make: async (place) => {
      place.cut();
      await pause(500);
      place.mend();
    },
  },
  "a replica is promoted": {
    size: small,
    further: 1,
    short: "Redis",
    needs: "promote",
    make: async (place) => place.promote?.(),
  },
  "the server comes back empty": { size: small, further: 1, short: "Redis", emptied: true },
  "no trouble": { size: { full: [50, 20], short: [4, 4] }, further: 0, short: "PostgreSQL" },
};

interface Given {
  readonly context: ProofContext;
  readonly group: WorkerGroup;
  readonly place: SharedPlace;
  readonly trouble: Trouble;
  readonly full: boolean;
}

async function underTrouble({ context, group, place, trouble, full }: Given) {
  const [programs, count] = full ? trouble.size.full : trouble.size.short;
  await place.server.empty();
  const directory = mkdtempSync(join(context.directory, "trouble-"));
  await using test = await openTestEnvironment({ ...context, directory, accounts: count * 2 });
  // A stop is at a path of Nubra's.
  const accounts = test.accounts
    .filter(({ broker }) => trouble.stop === undefined || broker === "nubra")
    .slice(0, count);
  const workers = await started(group, test, place, programs);
  const [first] = workers;
  if (first === undefined) throw new Error("there is no program");

  if (trouble.stop !== undefined) {
    tell(first, { kind: "log in", accounts, stop: trouble.stop });
    await arrived(test, accounts, "mpin");
  }
  const others = trouble.stop === undefined ? workers : workers.slice(1);
  for (const worker of others) tell(worker, { kind: "log in", accounts });
  if (trouble.make !== undefined) {
    if (trouble.stop === undefined) await arrived(test, accounts, "totp");
    await trouble.make(place, first);
  }
  const living = trouble.stop?.by === "SIGKILL" ? others : workers;
  const reports = await Promise.all(living.map((worker) => worker.hear<SharedReport>()));
  const used = await answersOf(living, { kind: "use" });
  // Awaited here: the brokers end with this function.
  if (trouble.emptied) return await emptied({ test, place, group, accounts, living });

  // A new program adopts what is stored. It is the last session that was issued where the broker takes it.
  const [fresh] = await started(group, test, place, 1);
  tell(fresh!, { kind: "log in", accounts });
  const adopted = await fresh!.hear<SharedReport>();
  const read = await answersOf([fresh!], { kind: "use" });
  // In turn: what a session is worth is counted here, not how many orders the brokers of a test take at once.
  const orders: SharedReport[] = [];
  for (const worker of living) orders.push(...(await answersOf([worker], { kind: "order" })));
  for (const worker of [...living, fresh!]) tell(worker, { kind: "end" });
  const logins = accounts.map(({ name }) => test.minted(name));
  const waits = reports.flatMap((one) => one.waits);
  return counted({
    [`logins for ${accounts.length} accounts of ${programs} programs`]: told(sum(logins)),
    "accounts with more than allowed": none(
      accounts.filter((_, at) => (logins[at] ?? 0) > 1 + trouble.further || logins[at] === 0).map(({ name }) => name),
    ),
    "reused TOTP codes": exactly(
      sum(accounts.map(({ name }) => test.arrivals(name, "totp", { outcome: "refused: used-totp" }))),
      0,
    ),
    "calls that failed": none([...reports, ...used].flatMap(({ failed }) => failed)),
    "orders that failed": none(orders.flatMap(({ failed }) => failed)),
    "orders refused for a dead session": exactly(refusedOrders(test, accounts), 0),
    "stored sessions that are not the last one": exactly(
      adopted.obtained.filter((by) => by !== "store").length +
        adopted.failed.length +
        read.flatMap(({ failed, obtained }) => [...failed, ...obtained.filter((status) => status !== "200")]).length,
      0,
    ),
    "callers that hang": exactly(waits.filter((ms) => ms > hangMs).length, 0),
    "ms waited p50": told(Math.round(quantile(waits, 0.5))),
    "at most": told(Math.round(most(waits))),
  });
}

interface EmptiedGiven {
  readonly test: TestEnvironment<string>;
  readonly place: SharedPlace;
  readonly group: WorkerGroup;
  readonly accounts: readonly TestAccount[];
  readonly living: readonly Worker[];
}

/** Sessions at hand are used on, nobody who has seen a record begins anew, and a program that starts then logs in once. */
async function emptied({ test, place, group, accounts, living }: EmptiedGiven) {
  const before = sum(accounts.map(({ name }) => test.minted(name)));
  await place.server.empty();
  const used = await answersOf(living, { kind: "use" });
  const states = await answersOf(living, { kind: "status" });
  const between = sum(accounts.map(({ name }) => test.minted(name))) - before;
  // A new record does not know which codes were sent. It waits for the next step, but not in the sandbox.
  test.clock.advance(30_000);
  const fresh = await started(group, test, place, 2);
  const again = await answersOf(fresh, { kind: "log in", accounts });
  const logins = accounts.map(({ name }) => test.minted(name));
  for (const worker of [...living, ...fresh]) tell(worker, { kind: "end" });
  return counted({
    "sessions at hand that could not be used": exactly(
      used.flatMap(({ obtained }) => obtained.filter((status) => status !== "200")).length,
      0,
    ),
    "programs that did not say store_corrupt": exactly(
      states.filter(
        ({ failed }) =>
          failed.length !== accounts.length || failed.some((words) => !words.startsWith("store_corrupt:")),
      ).length,
      0,
    ),
    "logins before anybody was started anew": exactly(between, 0),
    "calls of new programs that failed": none(again.flatMap(({ failed }) => failed)),
    "accounts with another number of logins than 2": exactly(logins.filter((one) => one !== 2).length, 0),
    "reused TOTP codes": exactly(
      sum(accounts.map(({ name }) => test.arrivals(name, "totp", { outcome: "refused: used-totp" }))),
      0,
    ),
  });
}

function tell(worker: Worker, order: SharedOrder): void {
  worker.tell(order);
}

async function started(
  group: WorkerGroup,
  test: TestEnvironment<string>,
  place: SharedPlace,
  programs: number,
): Promise<Worker[]> {
  const plan: SharedPlan = { ...test.plan, address: place.address };
  const workers = Array.from({ length: programs }, () => group.start(file, plan));
  for (const worker of workers) await worker.hear();
  return workers;
}

async function answersOf(workers: readonly Worker[], order: SharedOrder): Promise<SharedReport[]> {
  for (const worker of workers) worker.tell(order);
  return Promise.all(workers.map((worker) => worker.hear<SharedReport>()));
}

async function arrived(
  test: TestEnvironment<string>,
  accounts: readonly TestAccount[],
  call: "totp" | "mpin",
): Promise<void> {
  const until = performance.now() + 30_000;
  while (accounts.every(({ name }) => test.arrivals(name, call) === 0)) {
    if (performance.now() > until) throw new Error("no login has begun");
    await pause(1);
  }
}

function refusedOrders({ sandbox }: TestEnvironment<string>, accounts: readonly TestAccount[]): number {
  return sum(
    accounts.map(({ name, broker }) => {
      const { step } = requests[broker].order;
      return (
        sandbox.journal.count({ account: name, step }) -
        sandbox.journal.count({ account: name, step, outcome: "accepted" })
      );
    }),
  );
}
