import { formatIndiaTime } from "@x/core";
import { callAccount } from "../account-call.ts";
import { brokerLock, control } from "./sandbox-side.ts";
import { counted, type Scenario, type ScenarioStage } from "./scenario-stage.ts";

// A measurement of the clock is trusted for a minute, by our own clock, which goes back a minute when it is set right.
const laterMs = 150_000;
const totpStepMs = 30_000;
const requests = 100;

/** Scenarios at one account, after which somebody has to log in, or must not. */
export const loginScenarios: readonly Scenario[] = [
  {
    id: "other-device",
    title: "Another device logs in",
    does: "Somebody logs in to the account elsewhere. The broker allows one session, so ours ends.",
    async run(stage, account) {
      const { desk } = stage;
      const { title, broker, unattended } = stage.at(account);
      const before = stage.generation(account);
      const ended = stage.sessions(account);
      const failures = stage.failures;
      const replaced = stage.named("session_replaced");
      desk.moveClock(totpStepMs);
      broker?.otherDeviceLogin(account);
      const next = (): ReturnType<ScenarioStage["newest"]> => stage.newest(account, before);
      const over = (): boolean =>
        unattended ? stage.named("session_replaced") > replaced : stage.failures > failures || !stage.live(account);
      await stage.until(() => next() !== undefined || over());
      const made = next();
      if (made !== undefined) {
        await stage.answered(account);
        const how = made.by === "renewal" ? "renewed" : "logged in again";
        return `${title} ended ${ended}. The next call met the refusal, and ${made.who} ${how}: session ${made.number}.${await stage.shared(account)}`;
      }
      if (!over()) return `Nobody has noticed yet: the strategy does not call ${account} just now.`;
      if (!unattended)
        return `${title} ended ${ended}. The next call met the refusal and ended as needs_input: nobody but a person can log in to ${account}, on its card.`;
      return `It happened twice within ten minutes, so somebody else really uses this account. The library does not fight over it: calls to ${account} end as session_replaced until a person logs in on its card.`;
    },
  },
  {
    id: "expiry",
    title: "Session expires",
    does: "The sandbox's clock moves on to the moment when the account's session ends.",
    async run(stage, account) {
      const { desk, sandbox } = stage;
      const span = desk.log.span(account);
      if (span === undefined) return `No process has shown its session of ${account} yet.`;
      const over = `It is ${formatIndiaTime(span.expiresAt).slice(11, 16)} now, and ${stage.sessions(account)} is over.`;
      const before = stage.failures;
      const mark = sandbox.journal.mark();
      desk.moveClock(Math.max(0, span.expiresAt - desk.clock.now()));
      if (!stage.at(account).unattended) return `${over} Nobody logs in: ${account} logs in with a person only.`;
      const next = await stage.minted(account, span.generation);
      if (next === undefined) return `${over} There is no new one yet.`;
      const late = sandbox.journal.count({ ...stage.sent(account, mark), step: undefined, outcome: "refused" });
      const sent = late === 0 ? "No call was sent with it" : `${counted(late, "call")} with it met a refusal`;
      const failures = stage.failures - before;
      const failed = failures === 0 ? "No call failed." : `${counted(failures, "call")} met a named error.`;
      const how = next.by === "renewal" ? "renewed" : "logged in";
      return `${over} ${sent}: ${next.who} ${how} first, once for all processes. ${failed}`;
    },
  },
  {
    id: "wrong-pin",
    title: "Wrong PIN in the configuration",
    does: "The configuration gets a wrong PIN, the session ends, and every process wants to log in.",
    cannot: (stage, account) => stage.without(account, "mpin") ?? stage.attended(account),
    async run(stage, account) {
      const { desk, sandbox } = stage;
      const { title } = stage.at(account);
      await stage.setWrongPin(account, true);
      const sent = stage.sent(account, sandbox.journal.mark());
      const before = stage.named("login_blocked");
      desk.moveClock(totpStepMs);
      await stage.logOut(account);
      await stage.until(() => stage.named("login_blocked") >= before + 2);
      const [times, refused] = [sandbox.journal.count(sent), sandbox.journal.count({ ...sent, outcome: "refused" })];
      const have = `All ${desk.running + 1} processes have the wrong PIN.`;
      if (times === 0) return `${have} Nobody has had to log in yet, so it was not sent.`;
      const left = brokerLock(sandbox, account)?.attemptsLeft ?? 0;
      const blocked = counted(stage.named("login_blocked") - before, "call");
      return `${have} It was sent ${timesOf(times)}; ${title} refused it${refused === times ? "" : ` ${timesOf(refused)}`} (${stage.blockedBy(account)}). Since then ${blocked} to ${account} ended as blocked, and nothing left: the ${counted(left, "attempt")} that ${title} still allows belong to you.`;
    },
    remedy: {
      title: "Correct the PIN",
      needsNobody: true,
      async run(stage, account) {
        const { desk, sandbox } = stage;
        const { title } = stage.at(account);
        const before = stage.generation(account);
        const locked = brokerLock(sandbox, account)?.locked === true || stage.blockedBy(account) === "account_locked";
        if (locked) control(sandbox, account, "unlock");
        desk.moveClock(totpStepMs);
        await stage.setWrongPin(account, false);
        // The broker's lock was about the account, whatever the PIN, and two refusals are all that automation has: only a person's word goes on.
        if (locked) await desk.engine.run(async (auth) => auth.purge(account));
        const why = stage.resting(account);
        if (why !== undefined && stage.blockedBy(account) === undefined)
          return `The PIN is right again. Nobody logs in: ${why}.`;
        const next = await stage.minted(account, before);
        if (next === undefined) return "The PIN is right again, and there is no session yet.";
        const who = `${next.who} logged in, session ${next.number}`;
        return locked
          ? `${title} had locked ${account}: the right PIN alone opens nothing then. Its support unlocked the account, and on your word the refusals were forgotten here: ${who}.`
          : `This PIN was never refused, so the block was lifted by itself: ${who}. Had nothing been corrected, only your word (Unlock) would have lifted it.`;
      },
    },
  },
  {
    id: "locked",
    title: "The broker locks the account",
    does: "The broker locks the account, its session ends, and every process wants to log in.",
    cannot: (stage, account) => stage.unknown(account, "lockout") ?? stage.attended(account),
    async run(stage, account) {
      const { desk, sandbox } = stage;
      const { title, broker } = stage.at(account);
      const sent = stage.sent(account, sandbox.journal.mark());
      desk.moveClock(totpStepMs);
      broker?.setScenario(account, { name: "lockout", times: 1 });
      await stage.logOut(account);
      if (!(await stage.until(() => stage.blockedBy(account) !== undefined))) return "Nobody has tried to log in yet.";
      const tried = sandbox.journal.count({ ...sent, step: undefined, outcome: "refused: locked" });
      return `${title} refused ${counted(tried, "login")} (account_locked), and from then on nothing is sent: no process tries again, whatever it holds. The card has the button of the sandbox's support, which unlocks the account.`;
    },
  },
  {
    id: "clock",
    title: "Clock is off by a minute",
    does: "The clock of this computer is set a minute fast, and then the account has to log in with a time-based code.",
    cannot: (stage, account) => stage.without(account, "totp"),
    async run(stage, account) {
      stage.desk.moveClock(laterMs, 60_000);
      const { offset, accepted } = await loginAgain(stage, account);
      if (accepted === undefined) return `There is no new session of ${account} yet.`;
      return `Before it made a code, the library asked ${stage.at(account).title} for the time, found this computer ${offset} s fast, and made the code for the broker's clock: ${accepted}. The card shows the difference.`;
    },
    remedy: {
      title: "Set the clock right",
      needsNobody: true,
      async run(stage, account) {
        stage.desk.moveClock(laterMs, 0);
        const why = stage.resting(account);
        if (why !== undefined) return `The clock is right again. Nobody logs in: ${why}.`;
        const { offset, accepted } = await loginAgain(stage, account);
        if (accepted === undefined) return `There is no new session of ${account} yet.`;
        const found = offset === 0 ? "no difference" : `${offset} s`;
        return `The clock is right again. Before the next code the library measured anew (${found}), so the correction of before did no harm: ${accepted}.`;
      },
    },
  },
  {
    id: "hundred",
    title: "100 requests at once",
    does: "The account is logged out, and then a hundred requests for it begin in the same moment.",
    cannot: (stage, account) => stage.attended(account),
    async run(stage, account) {
      const { desk } = stage;
      const before = desk.logins()[account] ?? 0;
      desk.moveClock(totpStepMs);
      await desk.engine.run(async (auth) => auth.logout(account));
      const calls = await Promise.all(
        Array.from({ length: requests }, async () => desk.engine.run(async (auth) => callAccount(auth, account))),
      );
      await stage.answered(account);
      const ends = calls.map(({ ok, status, error }) => error?.code ?? (ok ? "answered" : `answer ${status}`));
      const endedAs = (end: string): number => ends.filter((one) => one === end).length;
      const failed = [...new Set(ends)].filter((end) => end !== "answered").map((end) => `; ${endedAs(end)} as ${end}`);
      const logins = (desk.logins()[account] ?? 0) - before;
      const waited = logins === 1 ? ", for which all of them waited" : "";
      return `${endedAs("answered")} of ${requests} requests were answered${failed.join("")}. ${stage.at(account).title} counted ${counted(logins, "login")}${waited}.${await stage.shared(account)}`;
    },
  },
];

/** Ends the account's session here, and waits for the login that the strategy makes next. */
async function loginAgain(
  stage: ScenarioStage,
  account: string,
): Promise<{ offset: number; accepted: string | undefined }> {
  const { desk, sandbox } = stage;
  const before = stage.generation(account);
  const after = sandbox.journal.mark();
  await stage.logOut(account);
  const next = await stage.minted(account, before);
  const { clockOffsetMs = 0 } = await desk.engine.auth.status(account);
  const refused = sandbox.journal.count({ account, outcome: "refused: wrong-totp", after });
  const accepted = `accepted ${refused === 0 ? "at the first try" : `after ${counted(refused, "refusal")}`}`;
  return { offset: Math.round(-clockOffsetMs / 1000), accepted: next === undefined ? undefined : accepted };
}

function timesOf(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
