import { type TestPlan, openPlannedEngine } from "@x/test-environment";
import { requests } from "../harness/requests.ts";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

export interface ProcessesReport {
  /** How long each account's session was waited for, in milliseconds. */
  readonly waits: readonly number[];
  readonly failed: readonly string[];
}

const plan = givenPlan() as TestPlan;
const auth = openPlannedEngine(plan);
await report("ready");
await nextOrder();

await report(await forEach((name) => auth.session(name)));
await nextOrder();
await report(
  await forEach(async (name, broker) => {
    const response = await auth.fetch(name, requests[broker].read.path);
    if (!response.ok) throw new Error(`${name} was answered ${response.status}`);
    await response.text();
  }),
);
await auth.close();
leave();

async function forEach(
  work: (name: string, broker: TestPlan["accounts"][number]["broker"]) => Promise<unknown>,
): Promise<ProcessesReport> {
  const waits: number[] = [];
  const failed: string[] = [];
  const begun = performance.now();
  await Promise.all(
    plan.accounts.map(async ({ name, broker }) => {
      try {
        await work(name, broker);
        waits.push(performance.now() - begun);
      } catch (error) {
        failed.push(String(error));
      }
    }),
  );
  return { waits, failed };
}
