import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBrokerAuthError, type TokenStore } from "@x/core";
import { type TestAccount, openPlannedEngine, openPlannedStore } from "@x/test-environment";
import type { DiskOrder, DiskPlan, DiskReport, Leaving } from "./disk-report.ts";
import { givenPlan, leave, nextOrder, report } from "../workers/worker-side.ts";

const plan = givenPlan() as DiskPlan;
const { storeDirectory, workDirectory } = plan;
// Beside the store, on the same disk.
const filler = join(storeDirectory, "filler");
let holder: TokenStore | undefined;

await report({ result: "ready", generation: 0 } satisfies DiskReport);
for (;;) {
  const order = await nextOrder<DiskOrder>();
  if (order.kind === "end") break;
  await report(await carryOut(order));
}
await holder?.close();
leave();

async function carryOut(order: Exclude<DiskOrder, { kind: "end" }>): Promise<DiskReport> {
  switch (order.kind) {
    case "try":
      return tried(order.account, order.what);
    case "mount":
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${order.megabytes}m,mode=700`, "tmpfs", storeDirectory]);
      break;
    case "leave":
      await leaveStore(order.as);
      break;
    case "fill":
      fill(order.but);
      break;
    case "free":
      rmSync(filler, { force: true });
      break;
    case "make read-only":
      execFileSync("mount", ["--bind", storeDirectory, storeDirectory]);
      execFileSync("mount", ["-o", "remount,ro,bind", storeDirectory]);
      break;
    case "make writable":
      // At once, although SQLite keeps a closed file open as long as the holder in this process has locks on it.
      execFileSync("umount", ["--lazy", storeDirectory]);
      break;
  }
  return { result: "done", generation: 0 };
}

async function tried(account: TestAccount, what: "session" | "ask for an OTP"): Promise<DiskReport> {
  const { totpSecret, ...bySms } = account;
  const auth = openPlannedEngine(plan, { accounts: [what === "session" ? { ...bySms, totpSecret } : bySms] });
  try {
    if (what === "session") return { result: "session", generation: (await auth.session(account.name)).generation };
    return { result: (await auth.beginLogin(account.name)).kind, generation: 0 };
  } catch (error) {
    return { result: isBrokerAuthError(error) ? error.code : `untyped: ${String(error)}`, generation: 0 };
  } finally {
    await auth.close();
  }
}

async function leaveStore(as: Leaving): Promise<void> {
  await holder?.close();
  holder = undefined;
  if (as === "closed") return;
  const store = openPlannedStore(plan);
  // Something for the log that SQLite keeps beside the database while it is in use.
  for await (const key of store.keys()) await store.read(key);
  const account = "f".repeat(64);
  const before = (await store.read(account))?.revision ?? 0;
  const header = { state: "logged_out", expiresAt: 0, generation: 0, obtainedBy: "none" } as const;
  await store.swap(account, before, { revision: before + 1, header, body: Buffer.from("of no account") });
  if (as === "in use") {
    holder = store;
    return;
  }
  const copy = join(workDirectory, "copy");
  mkdirSync(copy);
  for (const suffix of ["", "-wal", "-shm"])
    cpSync(join(storeDirectory, `sessions.db${suffix}`), join(copy, `sessions.db${suffix}`));
  await store.close();
  for (const suffix of ["", "-wal", "-shm"]) {
    const path = join(storeDirectory, `sessions.db${suffix}`);
    cpSync(join(copy, `sessions.db${suffix}`), `${path}.copy`);
    renameSync(`${path}.copy`, path);
  }
  rmSync(copy, { recursive: true });
}

function free(): number {
  const { bsize, bavail } = statfsSync(storeDirectory);
  return bsize * bavail;
}

function fill(but: number): void {
  let size = free() - but;
  writeFileSync(filler, Buffer.alloc(Math.max(size, 0)));
  // What the file system needs for the file itself comes out of the rest.
  for (; size > 0 && free() < but; size -= 4_096) truncateSync(filler, size);
}
