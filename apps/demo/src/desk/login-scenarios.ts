import { formatIndiaTime, isBrokerAuthError } from "@x/core";
import { brokerLock, unlockAtBroker } from "./sandbox-side.ts";
import { counted, type Scenario, type ScenarioStage } from "./scenario-stage.ts";

// A measurement of the clock is trusted for a minute, by our own clock, which goes back a minute when it is set right.
const laterMs = 150_000;
const totpStepMs = 30_000;
const wrongMpin = "0000";
const requests = 100;

/** Scenarios after which somebody has to log in, or must not. */
export const loginScenarios: readonly Scenario[] = [
  {
    id: "other-device",
    title: "Another device logs in",
    does: "Somebody logs in to main elsewhere. Nubra allows one session, so ours ends.",
    needs: ["main"],
    async run(stage) {
      const before = stage.generation("main");
      const ended = stage.sessions("main");
      const failures = stage.named("session_replaced");
      stage.sandbox.nubra.otherDeviceLogin("main");
      const next = (): ReturnType<ScenarioStage["newest"]> => stage.newest("main", before);
      await stage.until(() => next() !== undefined || stage.named("session_replaced") > failures);
      const made = next();
      if (made === undefined && stage.named("session_replaced") === failures)
        return "Nobody has noticed yet: the strategy does not call main just now.";
      if (made === undefined)
        return "It happened twice within ten minutes, so somebody else really uses this account. The library does not fight over it: calls to main end as session_replaced until a person logs in on its card.";
      await stage.answered("main");
      const takers = await stage.takers("main");
      const shared = takers === "" ? "" : ` ${takers} took that one over from the store instead of logging in as well.`;
      const how = made.by === "renewal" ? "renewed with the MPIN alone" : "logged in again";
      return `Nubra ended ${ended}. The next call met the refusal, and ${made.who} ${how}: session ${made.number}.${shared}`;
    },
  },
  {
    id: "expiry",
    title: "Session expires",
    does: "The sandbox's clock moves on to the moment when main's session ends.",
    needs: ["main"],
    async run(stage) {
      const { desk, sandbox } = stage;
      const span = desk.log.span("main");
      if (span === undefined) return "No process has shown its session of main yet.";
      const over = stage.sessions("main");
      const before = stage.failures;
      const mark = sandbox.journal.mark();
      desk.moveClock(Math.max(0, span.expiresAt - desk.clock.now()));
      const next = await stage.minted("main", span.generation);
      if (next === undefined) return "The session has ended, and there is no new one yet.";
      const late = sandbox.journal.count({ account: "main", outcome: "refused", after: mark });
      const sent = late === 0 ? "No call was sent with it" : `${counted(late, "call")} with it met a refusal`;
      const how = next.by === "renewal" ? "renewed with the MPIN" : "logged in";
      const failures = stage.failures - before;
      const failed = failures === 0 ? "No call failed." : `${counted(failures, "call")} met a named error.`;
      return `It is ${formatIndiaTime(span.expiresAt).slice(11, 16)} now, and ${over} is over. ${sent}: ${next.who} ${how} first, once for all processes. ${failed}`;
    },
  },
  {
    id: "wrong-mpin",
    title: "Wrong MPIN in the configuration",
    does: "The configuration gets a wrong MPIN for main, its session ends, and every process wants to log in.",
    needs: ["main"],
    async run(stage) {
      const { desk, sandbox, configuration } = stage;
      await configuration.setMpin("main", wrongMpin);
      // All processes have it before anybody has to log in.
      await desk.reload();
      const mark = sandbox.journal.mark();
      const before = stage.named("login_blocked");
      desk.moveClock(totpStepMs);
      await desk.engine.run(async (auth) => auth.logout("main"));
      await stage.until(() => stage.named("login_blocked") >= before + 2);
      const facts = { account: "main", step: "verifypin", after: mark };
      const sent = sandbox.journal.count(facts);
      const refused = sandbox.journal.count({ ...facts, outcome: "refused" });
      const blocked = stage.named("login_blocked") - before;
      const have = `All ${desk.running + 1} processes have the wrong MPIN.`;
      if (sent === 0) return `${have} Nobody has had to log in yet, so it was not sent.`;
      const left = brokerLock(sandbox, "main")?.attemptsLeft ?? 0;
      return `${have} It was sent ${times(sent)}; Nubra refused it${refused === sent ? "" : ` ${times(refused)}`} (pin_rejected). Since then ${counted(blocked, "call")} to main ended as blocked, and nothing left: the ${counted(left, "attempt")} that Nubra still allows belong to you.`;
    },
    remedy: {
      title: "Correct the MPIN",
      needs: [],
      async run(stage) {
        const { desk, sandbox, configuration } = stage;
        const before = stage.generation("main");
        const locked = brokerLock(sandbox, "main")?.locked === true || stage.blockedBy("main") === "account_locked";
        await configuration.setMpin("main", undefined);
        if (locked) unlockAtBroker(sandbox, "main");
        desk.moveClock(totpStepMs);
        await desk.reload();
        // Nubra's lock was about the account, whatever the MPIN, and two refusals are all that automation has: only a person's word goes on.
        if (locked) await desk.engine.run(async (auth) => auth.purge("main"));
        const why = stage.resting("main");
        if (why !== undefined && stage.blockedBy("main") === undefined)
          return `The MPIN is right again. Nobody logs in: ${why}.`;
        const next = await stage.minted("main", before);
        if (next === undefined) return "The MPIN is right again, and there is no session yet.";
        const who = `${next.who} logged in, session ${next.number}`;
        return locked
          ? `Nubra had locked main: the right MPIN alone opens nothing then. Its support unlocked the account, and on your word the refusals were forgotten here: ${who}.`
          : `This MPIN was never refused, so the block was lifted by itself: ${who}. Had nothing been corrected, only your word (Unlock) would have lifted it.`;
      },
    },
  },
  {
    id: "clock",
    title: "Clock is off by a minute",
    does: "The clock of this computer is set a minute fast, and then hedge has to log in with a time-based code.",
    needs: ["hedge"],
    async run(stage) {
      stage.desk.moveClock(laterMs, 60_000);
      const { offset, accepted } = await loginAgain(stage);
      if (accepted === undefined) return "There is no new session of hedge yet.";
      return `Before it made a code, the library asked Kotak Neo for the time, found this computer ${offset} s fast, and made the code for the broker's clock: ${accepted}. The card shows the difference.`;
    },
    remedy: {
      title: "Set the clock right",
      needs: [],
      async run(stage) {
        stage.desk.moveClock(laterMs, 0);
        const why = stage.resting("hedge");
        if (why !== undefined) return `The clock is right again. Nobody logs in: ${why}.`;
        const { offset, accepted } = await loginAgain(stage);
        if (accepted === undefined) return "There is no new session of hedge yet.";
        const found = offset === 0 ? "no difference" : `${offset} s`;
        return `The clock is right again. Before the next code the library measured anew (${found}), so the correction of before did no harm: ${accepted}.`;
      },
    },
  },
  {
    id: "hundred",
    title: "100 requests at once",
    does: "main is logged out, and then a hundred requests for it begin in the same moment.",
    needs: ["main"],
    async run(stage) {
      const { desk } = stage;
      const before = desk.logins()["main"] ?? 0;
      desk.moveClock(totpStepMs);
      await desk.engine.run(async (auth) => auth.logout("main"));
      const call = async (): Promise<string> =>
        endOfCall(desk.engine.run(async (auth) => auth.fetch("main", "/userinfo")));
      const ends = await Promise.all(Array.from({ length: requests }, call));
      await stage.answered("main");
      const endedAs = (end: string): number => ends.filter((one) => one === end).length;
      const failed = [...new Set(ends)].filter((end) => end !== "answered").map((end) => `; ${endedAs(end)} as ${end}`);
      const logins = (desk.logins()["main"] ?? 0) - before;
      const takers = await stage.takers("main");
      const shared = takers === "" ? "" : ` ${takers} took the session over from the store.`;
      return `${endedAs("answered")} of ${requests} requests were answered${failed.join("")}. Nubra counted ${counted(logins, "login")}${logins === 1 ? ", for which all of them waited" : ""}.${shared}`;
    },
  },
];

async function endOfCall(call: Promise<Response>): Promise<string> {
  try {
    const { ok, status, body } = await call;
    await body?.cancel();
    return ok ? "answered" : `answer ${status}`;
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : "unexpected";
  }
}

/** Ends hedge's session here, and waits for the login that the strategy makes next. */
async function loginAgain(stage: ScenarioStage): Promise<{ offset: number; accepted: string | undefined }> {
  const { desk, sandbox } = stage;
  const before = stage.generation("hedge");
  const mark = sandbox.journal.mark();
  await desk.engine.run(async (auth) => auth.logout("hedge"));
  // Kotak Neo knows no logout: the processes would go on with the session that they hold.
  await desk.reload();
  const next = await stage.minted("hedge", before);
  const { clockOffsetMs = 0 } = await desk.engine.auth.status("hedge");
  const refused = sandbox.journal.count({ account: "hedge", outcome: "refused: wrong-totp", after: mark });
  const accepted = `accepted ${refused === 0 ? "at the first try" : `after ${counted(refused, "refusal")}`}`;
  return { offset: Math.round(-clockOffsetMs / 1000), accepted: next === undefined ? undefined : accepted };
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
