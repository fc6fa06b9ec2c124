import { openTestEnvironment } from "@x/test-environment";
import { quantile, sum } from "../harness/numbers.ts";
import { requests } from "../harness/requests.ts";
import { counted, exactly, none, type Proof, told } from "../harness/proof.ts";
import { workerGroup } from "../workers/worker-group.ts";
import type { ProcessesReport } from "./processes-worker.ts";

const file = new URL("./processes-worker.ts", import.meta.url);

export const processes: Proof = {
  name: "processes",
  promises: ["P1"],
  bar: "programs on one encrypted SQLite store begin together: 1 login for each account, 0 of them hold a dead session",
  async run(context) {
    const [programs, accounts] = context.scale === "full" ? [50, 20] : [4, 4];
    await using test = await openTestEnvironment({ ...context, accounts, realTime: true });
    await using group = workerGroup(context);
    const { sandbox, plan } = test;
    if (context.scale === "full") await group.bundle(file);
    const workers = Array.from({ length: programs }, () => group.start(file, plan));
    // Nobody opens the store before all of them are there.
    for (const worker of workers) await worker.hear();
    for (const worker of workers) worker.tell("begin");
    const reports = await Promise.all(workers.map((worker) => worker.hear<ProcessesReport>()));
    // Only when every program has its sessions: a login that came late would have ended those of the others.
    for (const worker of workers) worker.tell("use them");
    const used = await Promise.all(workers.map((worker) => worker.hear<ProcessesReport>()));
    for (const worker of workers) await worker.ended;

    const logins = plan.accounts.map((account) => test.minted(account.name));
    const refused = plan.accounts.map(({ name, broker }) => {
      const { step } = requests[broker].read;
      return (
        sandbox.journal.count({ account: name, step }) -
        sandbox.journal.count({ account: name, step, outcome: "accepted" })
      );
    });
    const waits = reports.flatMap(({ waits: each }) => each);
    const failures = [...reports, ...used].flatMap(({ failed }) => failed);
    const at = (share: number): string => `${Math.round(quantile(waits, share))} ms`;
    return counted({
      [`logins for ${accounts} accounts of ${programs} programs`]: exactly(sum(logins), accounts),
      "accounts with another number than 1": exactly(logins.filter((count) => count !== 1).length, 0),
      "calls that failed": none(failures),
      "requests with a dead session": exactly(sum(refused), 0),
      "waiting for a session p50": told(at(0.5)),
      p99: told(at(0.99)),
    });
  },
};
