import { setTimeout as sleep } from "node:timers/promises";
import { BrokerAuthError, formatIndiaTime } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { jobNames } from "../strategy/job-name.ts";
import type { Desk } from "./desk.ts";
import type { DeskConfiguration } from "./desk-configuration.ts";

/** Everything that an accident may lay its hands on. */
export interface Stage {
  readonly desk: Desk;
  readonly sandbox: Sandbox;
  readonly configuration: DeskConfiguration;
  /** How long the brokers are down when they are. */
  readonly downMs: number;
}

interface Act {
  readonly title: string;
  /** Makes it happen and waits for what comes of it. Returns what happened, in a sentence or two. */
  readonly run: (stage: Stage) => Promise<string>;
}

export interface Accident extends Act {
  readonly id: string;
  /** What will happen, in a sentence. */
  readonly does: string;
  /** What ends it, where it lasts. */
  readonly remedy?: Act;
}

// A login may have to wait for the next TOTP code, and then some.
const patienceMs = 45_000;
// A measurement of the clock is trusted for a minute, by our own clock, which goes back a minute when it is set right.
const laterMs = 150_000;
const totpStepMs = 30_000;
const wrongMpin = "0000";

/** What can go wrong at a desk. Each is caused at the broker or at our own computers, never inside the library. */
export const accidentList: readonly Accident[] = [
  {
    id: "other-device",
    title: "Another device logs in",
    does: "Somebody logs in to main elsewhere. Nubra allows one session, so ours ends.",
    async run(stage) {
      const { sandbox, desk } = stage;
      await ready(stage, "main");
      const before = generationOf(desk, "main");
      const failures = namedOf(desk, "session_replaced");
      sandbox.nubra.otherDeviceLogin("main");
      const over = await desk.book.until(
        () => isMinted(desk, "main", before) || namedOf(desk, "session_replaced") > failures,
        patienceMs,
      );
      if (!over) return "Nobody has noticed yet: the strategy does not call main just now.";
      const span = desk.book.span("main");
      if (span === undefined || span.generation === before)
        return "It happened twice within ten minutes, so somebody else really uses this account. The library does not fight over it: calls to main end as session_replaced until a person logs in on its card.";
      return `Nubra ended session ${before} of main. The next call met the refusal, and ${span.who} ${span.by === "renewal" ? "renewed with the MPIN alone" : "logged in again"}: session ${span.generation}. The other processes took that one over from the store instead of logging in as well.`;
    },
  },
  {
    id: "expiry",
    title: "Session expires",
    does: "The sandbox's clock moves on to the moment when main's session ends.",
    async run(stage) {
      const { desk } = stage;
      await ready(stage, "main");
      const span = desk.book.span("main");
      if (span === undefined) return "There is no session of main that could end.";
      const failuresBefore = failuresOf(desk);
      desk.moveClock(Math.max(0, span.expiresAt - desk.clock.now()));
      const over = await desk.book.until(() => isMinted(desk, "main", span.generation), patienceMs);
      const next = desk.book.span("main");
      if (!over || next === undefined) return "The session has ended, and there is no new one yet.";
      const failures = failuresOf(desk) - failuresBefore;
      return `It is ${timeOf(span.expiresAt)} now, and session ${span.generation} of main is over. No call was sent with it: ${next.who} ${next.by === "renewal" ? "renewed with the MPIN" : "logged in"} first, once for all processes. ${failures === 0 ? "No call failed." : `${failures} calls met a named error.`}`;
    },
  },
  {
    id: "html",
    title: "Broker answers HTML",
    does: "A gateway in front of Nubra answers the next six calls with a web page.",
    async run(stage) {
      const { sandbox, desk } = stage;
      await ready(stage, "main");
      const before = namedOf(desk, "broker_unavailable");
      const answers = desk.book.answers;
      sandbox.nubra.setScenario("main", { name: "html-page", step: "userinfo", times: 6 });
      await desk.book.until(() => namedOf(desk, "broker_unavailable") >= before + 6, patienceMs);
      await desk.book.until(() => desk.book.answers > answers, patienceMs);
      const count = namedOf(desk, "broker_unavailable") - before;
      if (count === 0) return "Nobody has noticed yet: the strategy does not call main just now.";
      return `${count} calls were answered with a page (502). Each ended as broker_unavailable, without a word of the page in it. A page says nothing about the session, so nobody logged in, and the next answer came on session ${generationOf(desk, "main")} as before.`;
    },
  },
  {
    id: "down",
    title: "Brokers are down for ten seconds",
    does: "Both brokers cut every connection for ten seconds.",
    async run(stage) {
      const { sandbox, desk, downMs } = stage;
      await ready(stage, "main", "hedge");
      const failuresBefore = failuresOf(desk);
      const unknown = namedOf(desk, "outcome_unknown");
      for (const broker of [sandbox.nubra, sandbox.kotakNeo]) broker.setScenario("*", { name: "reset" });
      await sleep(downMs, undefined, { ref: false });
      for (const broker of [sandbox.nubra, sandbox.kotakNeo]) broker.clearScenarios("*", "reset");
      const answered = await answersFrom(desk, ["main", "hedge"]);
      const failures = failuresOf(desk) - failuresBefore;
      const orders = namedOf(desk, "outcome_unknown") - unknown;
      return `${failures} calls ended as broker_unavailable, and ${answered ? "both brokers answer again" : "not every broker answers yet"}, on the sessions of before. ${orders > 0 ? "An order got no answer either: it was not sent again." : "Nothing was sent twice."} An outage is no reason to log in.`;
    },
  },
  {
    id: "wrong-mpin",
    title: "Wrong MPIN in the configuration",
    does: "The configuration gets a wrong MPIN for main, its session ends, and every process wants to log in.",
    async run(stage) {
      const { desk, sandbox, configuration } = stage;
      await configuration.setMpin("main", wrongMpin);
      // All processes have it before anybody has to log in.
      await desk.reload();
      const mark = sandbox.journal.mark();
      const before = namedOf(desk, "latched");
      desk.moveClock(totpStepMs);
      await desk.auth.logout("main");
      await desk.book.until(() => namedOf(desk, "latched") >= before + 2, patienceMs);
      const sent = sandbox.journal.count({ account: "main", step: "verifypin", outcome: "refused", after: mark });
      return `All ${desk.running + 1} processes have the wrong MPIN. It was sent ${times(sent)}; Nubra refused it (pin_rejected). Since then every call to main ends as latched, and nothing leaves: attempts that are left at the broker belong to you.`;
    },
    remedy: {
      title: "Correct the MPIN",
      async run(stage) {
        const { desk, configuration } = stage;
        await configuration.setMpin("main", undefined);
        desk.moveClock(totpStepMs);
        const before = generationOf(desk, "main");
        await desk.reload();
        const over = await desk.book.until(() => isMinted(desk, "main", before), patienceMs);
        if (!over) return "The MPIN is right again, and there is no session yet.";
        return `This MPIN was never refused, so the latch opened by itself: ${desk.book.span("main")?.who} logged in, session ${generationOf(desk, "main")}. Had nothing been corrected, only your word (Unlock) would have opened it.`;
      },
    },
  },
  {
    id: "clock",
    title: "Clock is off by a minute",
    does: "The clock of this computer is set a minute fast, and then hedge has to log in with a time-based code.",
    async run(stage) {
      const { desk } = stage;
      await ready(stage, "hedge");
      desk.moveClock(laterMs, 60_000);
      return await loginAgain(
        stage,
        (offset) =>
          `Before it made a code, the library asked Kotak Neo for the time, found this computer ${offset} s fast, and made the code for the broker's clock: accepted at the first try. The card shows the difference.`,
      );
    },
    remedy: {
      title: "Set the clock right",
      async run(stage) {
        const { desk } = stage;
        desk.moveClock(laterMs, 0);
        return await loginAgain(
          stage,
          (offset) =>
            `The clock is right again. Before the next code the library measured anew (${offset === 0 ? "no difference" : `${offset} s`}), so the correction of before did no harm: accepted at the first try.`,
        );
      },
    },
  },
  {
    id: "hundred",
    title: "100 requests at once",
    does: "main is logged out, and then a hundred requests for it begin in the same moment.",
    async run(stage) {
      const { desk } = stage;
      desk.moveClock(totpStepMs);
      await desk.auth.logout("main");
      const settled = await Promise.allSettled(
        Array.from({ length: 100 }, async () => {
          const response = await desk.auth.fetch("main", "/userinfo");
          await response.body?.cancel();
          return response.ok;
        }),
      );
      const answered = settled.filter((one) => one.status === "fulfilled" && one.value).length;
      await answersFrom(desk, ["main"]);
      return `${answered} of 100 requests were answered. All of them waited for one login, and so did the strategy's processes, which took the session over from the store.`;
    },
  },
  {
    id: "restart",
    title: "Restart the engine",
    does: "This server's engine and all processes of the strategy end and begin again.",
    async run(stage) {
      const { desk } = stage;
      await ready(stage, "main", "hedge");
      const generations = ["main", "hedge"].map((account) => generationOf(desk, account));
      const before = desk.book.calls;
      await desk.restart();
      await desk.book.until(() => desk.book.calls > before, patienceMs);
      await answersFrom(desk, ["main", "hedge"]);
      return `Nothing was in memory any more. The processes found session ${generations[0]} of main and session ${generations[1]} of hedge in the encrypted store and went on with them.`;
    },
  },
  {
    id: "kill",
    title: "Kill one of three processes",
    does: "The process risk, which calls both brokers, is killed outright.",
    async run(stage) {
      const { desk } = stage;
      await ready(stage, "main", "hedge");
      const before = desk.book.calls;
      const pid = desk.kill("risk");
      if (pid === undefined) return "The process risk was not running.";
      await desk.book.until(() => desk.pid("risk") === undefined, patienceMs);
      await desk.book.until(() => desk.pid("risk") !== undefined, patienceMs);
      const others = desk.book.calls - before;
      const heard = desk.book.heardFrom("risk");
      await desk.book.until(() => desk.book.heardFrom("risk") >= heard + 2, patienceMs);
      return `Process ${pid} is gone, with no chance to tidy up. The other ${jobNames.length - 1} made ${others} calls meanwhile. Its successor ${desk.pid("risk")} found both sessions in the store; a lock that a dead process holds is freed by the kernel.`;
    },
  },
];

/** Waits until these accounts have a session, so that there is something to break. @throws BrokerAuthError `configuration` where nobody will log in */
async function ready({ desk }: Stage, ...accounts: readonly string[]): Promise<void> {
  for (const account of accounts) {
    if (!desk.isResting(account)) continue;
    throw new BrokerAuthError(
      "configuration",
      `${account} has no session and nobody may make one: log in on its card first`,
    );
  }
  await desk.book.until(() => accounts.every((account) => desk.isLive(account)), patienceMs);
}

/** Ends hedge's session here, and waits for the login that the strategy makes next. */
async function loginAgain({ desk }: Stage, tell: (offsetSeconds: number) => string): Promise<string> {
  const before = generationOf(desk, "hedge");
  await desk.auth.logout("hedge");
  // Kotak Neo knows no logout: the processes would go on with the session that they hold.
  await desk.reload();
  if (!(await desk.book.until(() => isMinted(desk, "hedge", before), patienceMs)))
    return "There is no new session of hedge yet.";
  const { clockOffsetMs = 0 } = await desk.auth.status("hedge");
  return tell(Math.round(-clockOffsetMs / 1000));
}

/** Whether the brokers of these accounts have answered the strategy from now on. */
async function answersFrom({ book }: Desk, accounts: readonly string[]): Promise<boolean> {
  const before = accounts.map((account) => book.answersOf(account));
  return book.until(() => accounts.every((account, at) => book.answersOf(account) > (before[at] ?? 0)), patienceMs);
}

function generationOf(desk: Desk, account: string): number {
  return desk.book.span(account)?.generation ?? 0;
}

function isMinted(desk: Desk, account: string, before: number): boolean {
  const span = desk.book.span(account);
  return span !== undefined && span.generation > before && span.by !== "adoption";
}

function namedOf(desk: Desk, code: string): number {
  return desk.book.named[code] ?? 0;
}

function failuresOf({ book }: Desk): number {
  return book.unexplained + Object.values(book.named).reduce((sum, count) => sum + count, 0);
}

function timeOf(at: number): string {
  return formatIndiaTime(at).slice(11, 16);
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
