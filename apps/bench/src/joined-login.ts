import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { accountsAt, startedAt } from "./accounts.ts";
import { engine } from "./earlier-login.ts";
import type { LoopbackBroker } from "./loopback-broker.ts";
import { endProgram, nextMessage, startProgram } from "./source-program.ts";

export type JoinOrder = { readonly kind: "open"; readonly now: number } | { readonly kind: "go" };
export interface JoinReport {
  readonly kind: "ready" | "done";
}

/** Processes that share one account on one store. */
export interface JoinedLogin extends AsyncDisposable {
  /** Milliseconds until the first so many of them have a session, of which none was there, and how many logged in for it. */
  measure(processes: number): Promise<{ readonly ms: number; readonly logins: number }>;
}

const stepMs = 30_000;

export async function openJoinedLogin(
  directory: string,
  keyPath: string,
  broker: LoopbackBroker,
  most: number,
): Promise<JoinedLogin> {
  const origin = broker.origins[0] ?? "";
  const programs = Array.from({ length: most }, () => startProgram("joining-process", directory, keyPath, origin));
  const heard = (kind: JoinReport["kind"]): Promise<JoinReport>[] =>
    programs.map((program) => nextMessage<JoinReport>(program, (report) => report.kind === kind));
  const store = encrypted(sqliteStore({ directory }), keyFile(keyPath));
  let now = startedAt;
  // Always to a TOTP step of its own.
  const goOn = async (steps: number): Promise<void> => {
    now += steps * stepMs;
    await broker.setClock(now);
  };
  const auth = engine({ accounts: accountsAt(origin), store, now: () => now });
  await Promise.all(heard("ready"));
  return {
    async measure(processes) {
      // By then no measurement of the clock counts any more, so this login makes one, and the one that is measured knows it.
      await goOn(10);
      await auth.session("main");
      await auth.logout("main");
      await goOn(1);
      const ready = heard("ready");
      for (const program of programs) program.send({ kind: "open", now } satisfies JoinOrder);
      await Promise.all(ready);
      const chosen = programs.slice(0, processes);
      const done = chosen.map((program) => nextMessage<JoinReport>(program, ({ kind }) => kind === "done"));
      const before = await broker.count();
      const loginsBefore = await broker.count("POST /verifypin");
      const started = performance.now();
      for (const program of chosen) program.send({ kind: "go" } satisfies JoinOrder);
      await Promise.all(done);
      const ms = performance.now() - started;
      const calls = (await broker.count()) - before;
      const logins = (await broker.count("POST /verifypin")) - loginsBefore;
      if (calls !== 2 * logins) throw new Error(`${logins} logins made ${calls} calls, not two each`);
      await auth.logout("main");
      return { ms, logins };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map(endProgram));
      await auth.close();
    },
  };
}
