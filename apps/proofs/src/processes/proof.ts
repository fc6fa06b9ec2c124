import { openTestEnvironment } from "@x/test-environment";
import { quantile, sum } from "../harness/numbers.ts";
import { counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { refusedRequests } from "../harness/requests.ts";
import type { Program } from "../workers/program-worker.ts";
import { WorkerGroup } from "../workers/worker-group.ts";

const file = new URL("../workers/program-worker.ts", import.meta.url);

export const proof: Proof = {
  promises: ["P1"],
  bar: "programs on one encrypted SQLite store begin together: 1 login for each account, 0 of them hold a dead session",
  async run(context) {
    const [programs, count] = context.scale === "full" ? [50, 20] : [4, 4];
    await using test = await openTestEnvironment({ ...context, accounts: count, realTime: true });
    await using group = new WorkerGroup(context);
    const { accounts, plan } = test;
    if (context.scale === "full") await group.bundle(file);
    // Nobody opens the store before all of them are there.
    const workers = await group.crew<Program>(programs, file, plan);
    const reports = await Promise.all(workers.map((worker) => worker.ask("logIn", accounts)));
    // Only when every program has its sessions: a login that came late would have ended those of the others.
    const used = await Promise.all(workers.map((worker) => worker.ask("read")));
    for (const worker of workers) await worker.end();

    const logins = accounts.map(({ name }) => test.minted(name));
    const waits = reports.flatMap((report) => report.waits);
    const unanswered = used.flatMap(({ obtained }) => obtained.filter((status) => status !== "200"));
    const failures = [...reports, ...used].flatMap(({ failed }) => failed);
    const at = (share: number): string => `${Math.round(quantile(waits, share))} ms`;
    return counted({
      [`logins for ${count} accounts of ${programs} programs`]: exactly(sum(logins), count),
      "accounts with another number than 1": exactly(logins.filter((one) => one !== 1).length, 0),
      "calls that failed": none([...failures, ...unanswered]),
      "requests with a dead session": exactly(refusedRequests(test, "read"), 0),
      "waiting for a session p50": told(at(0.5)),
      p99: told(at(0.99)),
    });
  },
};
