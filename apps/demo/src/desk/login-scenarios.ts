import { callAccount } from "../account-call.ts";
import { renewalText } from "../broker-facts.ts";
import { minuteOf } from "../india-time.ts";
import { brokerLock, control } from "./sandbox-side.ts";
import { counted, restingOf, type Scenario, type ScenarioStage } from "./scenario-stage.ts";

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
    async run(stage) {
      const { desk, account, title, broker, unattended, sessionsBefore } = stage;
      desk.moveClock(totpStepMs);
      broker?.otherDeviceLogin(account);
      const isLive = (): boolean => desk.account(account)?.state === "logged_in";
      const over = (): boolean => (unattended ? stage.named("session_replaced") > 0 : stage.failures > 0 || !isLive());
      await stage.until(() => stage.newest !== undefined || over());
      const met = `${title} ended ${sessionsBefore}. The next call met the refusal`;
      if (stage.newest !== undefined) {
        await stage.answered();
        const { by, who, number } = stage.newest;
        const how = by === "renewal" ? "renewed" : "logged in again";
        return `${met}, and ${who} ${how}: session ${number}.${await stage.shared()}`;
      }
      if (!over()) return `Nobody has noticed yet: the strategy does not call ${account} just now.`;
      if (!unattended)
        return `${met} and ended as needs_input: nobody but a person can log in to ${account}, on its card.`;
      return `It happened twice within ten minutes, so somebody else really uses this account. The library does not fight over it: calls to ${account} end as session_replaced until a person logs in on its card.`;
    },
  },
  {
    id: "expiry",
    title: "Session expires",
    does: "The sandbox's clock moves on to the moment when the account's session ends.",
    async run(stage) {
      const { desk, account, sessionsBefore } = stage;
      const { expiresAt } = desk.log.span(account) ?? {};
      if (expiresAt === undefined) return `No process has shown its session of ${account} yet.`;
      const over = `It is ${minuteOf(expiresAt)} now, and ${sessionsBefore} is over.`;
      desk.moveClock(Math.max(0, expiresAt - desk.clock.now()));
      if (!stage.unattended) {
        await desk.look();
        const { renewable, broker = "" } = desk.account(account) ?? {};
        return `${over} Nobody logs in by itself. ${renewable ? renewalText(broker) : `${account} logs in with a person only.`}`;
      }
      const next = await stage.minted();
      if (next === undefined) return `${over} There is no new one yet.`;
      const late = stage.arrived({ step: undefined, outcome: "refused" });
      const sent = late === 0 ? "No call was sent with it" : `${counted(late, "call")} with it met a refusal`;
      const { failures } = stage;
      const failed = failures === 0 ? "No call failed." : `${counted(failures, "call")} met a named error.`;
      const how = next.by === "renewal" ? "renewed" : "logged in";
      return `${over} ${sent}: ${next.who} ${how} first, once for all processes. ${failed}`;
    },
  },
  {
    id: "wrong-pin",
    title: "Wrong PIN in the configuration",
    does: "The configuration gets a wrong PIN, the session ends, and every process wants to log in.",
    needs: ["pin", "unattended"],
    async run(stage) {
      const { desk, sandbox, account, title } = stage;
      await stage.setWrongPin(true);
      desk.moveClock(totpStepMs);
      await stage.logOut();
      await stage.until(() => stage.named("login_blocked") >= 2);
      const [times, refused] = [stage.arrived(), stage.arrived({ outcome: "refused" })];
      const have = `All ${desk.supervisor.running.length + 1} processes have the wrong PIN.`;
      if (times === 0) return `${have} Nobody has had to log in yet, so it was not sent.`;
      const left = brokerLock(sandbox, account)?.attemptsLeft ?? 0;
      const blocked = counted(stage.named("login_blocked"), "call");
      return `${have} It was sent ${timesOf(times)}; ${title} refused it${refused === times ? "" : ` ${timesOf(refused)}`} (${stage.blockedBy}). Since then ${blocked} to ${account} ended as blocked, and nothing left: the ${counted(left, "attempt")} that ${title} still allows belong to you.`;
    },
    remedy: {
      title: "Correct the PIN",
      needsNobody: true,
      async run(stage) {
        const { desk, sandbox, account, title } = stage;
        const locked = brokerLock(sandbox, account)?.locked === true || stage.blockedBy === "account_locked";
        if (locked) control(sandbox, account, "unlock");
        desk.moveClock(totpStepMs);
        await stage.setWrongPin(false);
        // The broker's lock was about the account, whatever the PIN, and two refusals are all that automation has: only a person's word goes on.
        if (locked) await desk.engine.run(async (auth) => auth.purge(account));
        const why = stage.blockedBy === undefined ? restingOf(desk, account) : undefined;
        if (why !== undefined) return `The PIN is right again. Nobody logs in: ${why}.`;
        const next = await stage.minted();
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
    needs: ["lockout", "unattended"],
    async run(stage) {
      stage.desk.moveClock(totpStepMs);
      stage.broker?.setScenario(stage.account, { name: "lockout", times: 1 });
      await stage.logOut();
      if (!(await stage.until(() => stage.blockedBy !== undefined))) return "Nobody has tried to log in yet.";
      const tried = stage.arrived({ step: undefined, outcome: "refused: locked" });
      return `${stage.title} refused ${counted(tried, "login")} (account_locked), and from then on nothing is sent: no process tries again, whatever it holds. The card has the button of the sandbox's support, which unlocks the account.`;
    },
  },
  {
    id: "clock",
    title: "Clock is off by a minute",
    does: "The clock of this computer is set a minute fast, and then the account has to log in with a time-based code.",
    needs: ["totp"],
    async run(stage) {
      stage.desk.moveClock(laterMs, 60_000);
      return loginAgain(
        stage,
        (offset, accepted) =>
          `Before it made a code, the library asked ${stage.title} for the time, found this computer ${offset} s fast, and made the code for the broker's clock: ${accepted}. The card shows the difference.`,
      );
    },
    remedy: {
      title: "Set the clock right",
      needsNobody: true,
      async run(stage) {
        stage.desk.moveClock(laterMs, 0);
        const why = restingOf(stage.desk, stage.account);
        if (why !== undefined) return `The clock is right again. Nobody logs in: ${why}.`;
        return loginAgain(
          stage,
          (offset, accepted) =>
            `The clock is right again. Before the next code the library measured anew (${offset === 0 ? "no difference" : `${offset} s`}), so the correction of before did no harm: ${accepted}.`,
        );
      },
    },
  },
  {
    id: "hundred",
    title: "100 requests at once",
    does: "The account is logged out, and then a hundred requests for it begin in the same moment.",
    needs: ["unattended"],
    async run(stage) {
      const { desk, account, title } = stage;
      desk.moveClock(totpStepMs);
      await desk.engine.run(async (auth) => auth.logout(account));
      const calls = await Promise.all(
        Array.from({ length: requests }, async () => desk.engine.run(async (auth) => callAccount(auth, account))),
      );
      await stage.answered();
      const ends = calls.map(({ ok, status, error }) => error?.code ?? (ok ? "answered" : `answer ${status}`));
      const endedAs = (end: string): number => ends.filter((one) => one === end).length;
      const failed = [...new Set(ends)].filter((end) => end !== "answered").map((end) => `; ${endedAs(end)} as ${end}`);
      const logins = stage.logins();
      const waited = logins === 1 ? ", for which all of them waited" : "";
      return `${endedAs("answered")} of ${requests} requests were answered${failed.join("")}. ${title} counted ${counted(logins, "login")}${waited}.${await stage.shared()}`;
    },
  },
];

/** Ends the account's session here, waits for the login that the strategy makes next, and tells what the clock was found to be for it. */
async function loginAgain(stage: ScenarioStage, tell: (offset: number, accepted: string) => string): Promise<string> {
  const { account, desk } = stage;
  await stage.logOut();
  if ((await stage.minted()) === undefined) return `There is no new session of ${account} yet.`;
  const { clockOffsetMs = 0 } = await desk.engine.auth.status(account);
  const refused = stage.arrived({ step: undefined, outcome: "refused: wrong-totp" });
  const accepted = `accepted ${refused === 0 ? "at the first try" : `after ${counted(refused, "refusal")}`}`;
  return tell(Math.round(-clockOffsetMs / 1000), accepted);
}

function timesOf(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
