import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BrokerAuthError, type BrokerAuthErrorCode, type StoredRecord } from "@x/core";
import type { StoreProcess } from "@x/core/testing";
import type { StoreAddress } from "./store-address.ts";
import type { StoreOrder, StoreReport } from "./store-worker.ts";

const worker = fileURLToPath(new URL("store-worker.ts", import.meta.url));

/** A process with the store at this address, whose calls are made here and answered there. */
export async function startStoreProcess(address: StoreAddress): Promise<StoreProcess> {
  const child = fork(worker, [JSON.stringify(address)], {
    execArgv: ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
  });
  const exited = once(child, "exit");
  const waiting = new Map<number, (report: StoreReport) => void>();
  const leases: AbortController[] = [];
  let calls = 0;
  const dead = new Error("the process has ended");
  await Promise.race([
    once(child, "message"),
    exited.then(() => {
      throw dead;
    }),
  ]);
  child.on("message", (report: StoreReport) => {
    for (const lock of report.lost) leases[lock]?.abort();
    waiting.get(report.id)?.(report);
    waiting.delete(report.id);
  });

  async function ask<Result>(order: StoreOrder): Promise<Result> {
    const id = (calls += 1);
    const answered = new Promise<StoreReport>((resolve) => waiting.set(id, resolve));
    child.send({ id, order });
    const { failure, result } = await Promise.race([
      answered,
      exited.then(() => {
        throw dead;
      }),
    ]);
    if (failure === undefined) return result as Result;
    const { code, message } = failure;
    throw code === undefined ? new Error(message) : new BrokerAuthError(code as BrokerAuthErrorCode, message);
  }

  return {
    store: {
      read: (key) => ask<StoredRecord | undefined>({ call: "read", key }),
      swap: (key, expected, next) => ask<boolean>({ call: "swap", key, expected, next }),
      async lock(key, { waitMs }) {
        const lock = await ask<number>({ call: "lock", key, waitMs });
        const lease = (leases[lock] ??= new AbortController());
        return { release: () => ask({ call: "release", lock }), lost: lease.signal };
      },
      async *keys() {
        yield* await ask<string[]>({ call: "keys" });
      },
      purge: (key) => ask({ call: "purge", key }),
      close: () => ask({ call: "close" }),
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
  };
}
