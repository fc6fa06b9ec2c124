import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { loginSteps, openTestEnvironment, type TestAccount, type TestEnvironment } from "@x/test-environment";
import { most, quantile, sum } from "../harness/numbers.ts";
import { counted, exactly, none, type Proof, type ProofResult, type ProofRow, told } from "../harness/proof.ts";
import { refusedRequests } from "../harness/requests.ts";
import type { Program, ProgramPlan, ProgramReport, ProgramStop } from "../workers/program-worker.ts";
import { type Worker, WorkerGroup } from "../workers/worker-group.ts";
import { openPlace, type PlaceName, placeNames, type SharedPlace } from "./shared-place.ts";

const file = new URL("../workers/program-worker.ts", import.meta.url);
// A machine under load holds programs up by itself. One that loses its lease so, beside the one that was killed, is a second attempt without an
// answer: that stops an account by design, until the one that was held up has logged in.
const leaseMs = 3_000;
// Longer than any wait of a program that is told when to ask again.
const hangMs = 90_000;

interface Trouble {
  /** How many programs and accounts, in full and in short. Default: 6 and 6, 3 and 2. */
  readonly size?: { readonly full: readonly [number, number]; readonly short: readonly [number, number] };
  /** Logins for an account beyond the first, at most. */
  readonly further: number;
  /** Where the short form has it. */
  readonly short?: PlaceName;
  readonly promotes?: true;
  /** What the first program does to itself once Nubra has answered its MPIN. */
  readonly stop?: ProgramStop["by"];
  /** It does so before that: the MPIN was written down, and has not left. */
  readonly unsent?: true;
  /** What is done once the first factor has arrived at a broker. */
  readonly make?: (place: SharedPlace, first: Worker<Program>) => Promise<void>;
  /** The broker takes each MPIN at once, and answers so many leases later. */
  readonly answersLate?: number;
  /** The server keeps nothing: programs that have seen more say so, and new ones begin anew. */
  readonly emptied?: true;
}

const stillFor = (leases: number): Pick<Trouble, "stop" | "make"> => ({
  stop: "SIGSTOP",
  make: async (place, first) => {
    await pause(place.leaseMs * leases);
    first.kill("SIGCONT");
  },
});

const troubles: Readonly<Record<string, Trouble>> = {
  "the program that logs in is killed": { further: 1, stop: "SIGKILL" },
  "it is held still for less than its lease": { further: 0, ...stillFor(1 / 3) },
  "it is held still until its lease is over": { further: 1, ...stillFor(1) },
  "it is held still beyond its lease": { further: 1, short: "Redis", ...stillFor(2) },
  "it is held still beyond its lease with an MPIN written down that has not left": {
    size: { full: [6, 1], short: [3, 1] },
    further: 0,
    short: "Redis",
    unsent: true,
    // Less than the five seconds for which its connection to the broker is kept: on one that is gone nothing would leave in any case.
    ...stillFor(4 / 3),
  },
  "a login takes longer than a lease": { further: 0, short: "Redis", answersLate: 4 / 3 },
  "the server is killed and comes back": {
    further: 1,
    short: "PostgreSQL",
    make: async ({ server }) => {
      await server.stop();
      await pause(300);
      await server.start();
    },
  },
  "the server is silent": {
    further: 1,
    make: async ({ server }) => {
      server.pause();
      await pause(4_000);
      server.resume();
    },
  },
  "the line is cut": {
    further: 1,
    make: async (place) => {
      place.cut();
      await pause(500);
      place.mend();
    },
  },
  "a replica is promoted": { further: 1, short: "Redis", promotes: true, make: async (place) => place.promote?.() },
  "the server comes back empty": { further: 1, short: "Redis", emptied: true },
  "no trouble": { size: { full: [50, 20], short: [4, 4] }, further: 0, short: "PostgreSQL" },
};

/** Programs on several machines, in processes of their own, on a real server each: troubles in the middle of their logins. */
export const proof: Proof = {
  promises: ["P1", "P2", "P3", "P4", "P11"],
  bar: "programs on one Redis or PostgreSQL: 1 login per account without trouble, at most 1 further for each trouble, 0 reused TOTP codes, 0 dead sessions at the end, the stored session is the last one issued, 0 callers hang",
  async run(context) {
    const { scale, only = "", directory } = context;
    await using group = new WorkerGroup(context);
    // Each trouble starts programs anew.
    await group.bundle(file);
    const rows: ProofRow[] = [];
    for (const name of scale === "full" ? placeNames : placeNames.slice(0, 2)) {
      await using place = await openPlace(name, leaseMs);
      for (const [title, trouble] of Object.entries(troubles)) {
        const what = `${name}, ${title}`;
        if ((scale === "short" && trouble.short !== name) || !what.includes(only)) continue;
        if (trouble.promotes && place.promote === undefined) continue;
        const { holds, figure } = await underTrouble(place, trouble).catch((error: unknown): ProofResult => ({
          holds: false,
          figure: `could not be carried out: ${String(error)}`,
        }));
        rows.push({ what, outcome: holds ? "passed" : "failed", found: figure });
      }
    }
    if (rows.length === 0) throw new Error(`no part has "${only}" in its name`);
    const broken = rows.filter(({ outcome }) => outcome === "failed").map(({ what, found }) => `${what}: ${found}`);
    return { ...counted({ troubles: told(rows.length), "that broke a promise": none(broken) }), rows };

    async function underTrouble(place: SharedPlace, trouble: Trouble): Promise<ProofResult> {
      const { size = { full: [6, 6], short: [3, 2] }, stop, unsent, make, further, answersLate } = trouble;
      const [programs, count] = size[scale];
      await place.server.empty();
      const folder = mkdtempSync(join(directory, "trouble-"));
      await using test = await openTestEnvironment({ ...context, directory: folder, accounts: count * 2 });
      // A stop is at a path of Nubra's.
      const possible = test.accounts.filter(({ broker }) => stop === undefined || broker === "nubra");
      const accounts = possible.slice(0, count);
      if (answersLate !== undefined) {
        const ms = place.leaseMs * answersLate;
        for (const { name, broker } of accounts)
          test.play(name, { name: "slow", ms, times: 1, step: loginSteps[broker].mpin });
      }
      const start = (howMany: number): Promise<readonly Worker<Program>[]> =>
        group.crew(howMany, file, { ...test.plan, address: place.address } satisfies ProgramPlan);
      const logIn = (worker: Worker<Program>) => worker.ask("logIn", accounts);
      const workers = await start(programs);
      const first = workers[0]!;

      const after = unsent ? ({ written: "mpin" } as const) : "/verifypin";
      const stopped = stop === undefined ? [] : [first.ask("logIn", accounts, { after, by: stop })];
      if (stop !== undefined) await arrived(test, accounts, unsent ? "totp" : "mpin");
      const others = workers.slice(stopped.length);
      const begun = others.map(logIn);
      if (make !== undefined && stop === undefined) await arrived(test, accounts, "totp");
      await make?.(place, first);
      const living = stop === "SIGKILL" ? others : workers;
      const reports = await Promise.all([...(stop === "SIGKILL" ? [] : stopped), ...begun]);
      const used = await all(living, "read");
      const minted = (): number[] => accounts.map(({ name }) => test.minted(name));
      const reused = (): number =>
        sum(accounts.map(({ name }) => test.arrivals(name, "totp", { outcome: "refused: used-totp" })));

      if (trouble.emptied) {
        // Sessions at hand are used on, nobody who has seen a record begins anew, and a program that starts then logs in once.
        const before = sum(minted());
        await place.server.empty();
        const usedOn = (await all(living, "read")).flatMap(({ obtained }) => obtained);
        const states = await all(living, "status");
        const between = sum(minted()) - before;
        // A new record does not know which codes were sent. It waits for the next step, but not in the sandbox.
        test.clock.advance(30_000);
        const fresh = await start(2);
        const again = await Promise.all(fresh.map(logIn));
        const saidSo = ({ failed }: ProgramReport): boolean =>
          failed.length === accounts.length && failed.every((words) => words.startsWith("store_corrupt:"));
        for (const worker of [...living, ...fresh]) void worker.end();
        return counted({
          "sessions at hand that could not be used": none(usedOn.filter((status) => status !== "200")),
          "programs that did not say store_corrupt": exactly(states.filter((one) => !saidSo(one)).length, 0),
          "logins before anybody was started anew": exactly(between, 0),
          "calls of new programs that failed": none(again.flatMap(({ failed }) => failed)),
          "accounts with another number of logins than 2": exactly(minted().filter((one) => one !== 2).length, 0),
          "reused TOTP codes": exactly(reused(), 0),
        });
      }

      // A new program adopts what is stored. It is the last session that was issued where the broker takes it.
      const [fresh] = await start(1);
      const adopted = await logIn(fresh!);
      const read = await fresh!.ask("read");
      // In turn: what a session is worth is counted here, not how many orders the brokers of a test take at once.
      const orders = [];
      for (const worker of living) orders.push(await worker.ask("order"));
      for (const worker of [...living, fresh!]) void worker.end();
      const logins = minted();
      const wrong = accounts.filter((_, at) => (logins[at] ?? 0) > 1 + further || logins[at] === 0);
      const notLast = [adopted, read].flatMap(({ obtained, failed }) => [
        ...obtained.filter((what) => !["store", "200"].includes(what)),
        ...failed,
      ]);
      const waits = reports.flatMap((one) => one.waits);
      return counted({
        [`logins for ${accounts.length} accounts of ${programs} programs`]: told(sum(logins)),
        "accounts with more than allowed": none(wrong.map(({ name }) => name)),
        "reused TOTP codes": exactly(reused(), 0),
        "calls that failed": none([...reports, ...used].flatMap(({ failed }) => failed)),
        "orders that failed": none(orders.flatMap(({ failed }) => failed)),
        "orders refused for a dead session": exactly(refusedRequests(test, "order", accounts), 0),
        "stored sessions that are not the last one": exactly(notLast.length, 0),
        "callers that hang": exactly(waits.filter((ms) => ms > hangMs).length, 0),
        "ms waited p50": told(Math.round(quantile(waits, 0.5))),
        "at most": told(Math.round(most(waits))),
      });
    }
  },
};

function all(workers: readonly Worker<Program>[], what: "read" | "status"): Promise<ProgramReport[]> {
  return Promise.all(workers.map((worker) => worker.ask(what)));
}

type Accounts = readonly TestAccount[];

async function arrived(test: TestEnvironment<string>, accounts: Accounts, call: "totp" | "mpin"): Promise<void> {
  const until = performance.now() + 30_000;
  while (accounts.every(({ name }) => test.arrivals(name, call) === 0)) {
    if (performance.now() > until) throw new Error("no login has begun");
    await pause(1);
  }
}
