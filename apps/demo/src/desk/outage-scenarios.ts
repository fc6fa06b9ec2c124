import { jobNames } from "../strategy/jobs.ts";
import { brokersOf } from "./sandbox-side.ts";
import type { Scenario } from "./scenario-stage.ts";

/** Scenarios that are no reason to log in. All but the first are about every account at once. */
export const outageScenarios: readonly Scenario[] = [
  {
    id: "html",
    title: "Broker answers HTML",
    does: "A gateway in front of the broker answers the next six calls with a web page.",
    async run(stage, account) {
      const before = stage.named("broker_unavailable");
      const session = stage.sessions(account);
      const { broker, readStep } = stage.at(account);
      broker?.setScenario(account, { name: "html-page", step: readStep, times: 6 });
      await stage.until(() => stage.named("broker_unavailable") >= before + 6);
      const answered = await stage.answered(account);
      const count = stage.named("broker_unavailable") - before;
      if (count === 0) return `Nobody has noticed yet: the strategy does not call ${account} just now.`;
      const same = stage.sessions(account) === session;
      const next = `the next answer came on ${stage.sessions(account)}${same ? " as before" : ""}`;
      return `${count} calls were answered with a page (502). Each ended as broker_unavailable, without a word of the page in it. A page says nothing about the session${same ? ", so nobody logged in" : ""}, and ${answered ? next : "no answer has come since"}.`;
    },
  },
  {
    id: "down",
    title: "Brokers are down for ten seconds",
    does: "All brokers cut every connection for ten seconds.",
    everywhere: true,
    async run(stage) {
      const { sandbox, downMs } = stage;
      const all = stage.unattended;
      const failuresBefore = stage.failures;
      const unknown = stage.named("outcome_unknown");
      const sessions = stage.sessions(...all);
      for (const broker of brokersOf(sandbox)) broker.setScenario("*", { name: "reset" });
      try {
        await stage.pause(downMs);
      } finally {
        for (const broker of brokersOf(sandbox)) broker.clearScenarios("*", "reset");
      }
      const answered = await stage.answered(...all);
      const orders = stage.named("outcome_unknown") - unknown;
      const failures = stage.failures - failuresBefore - orders;
      const now = stage.sessions(...all);
      const which = now === sessions ? "on the sessions of before" : `on ${now}`;
      return `${failures} calls ended as broker_unavailable, and ${answered ? `all brokers answer again, ${which}` : "not every broker answers yet"}. ${orders > 0 ? "An order got no answer either: it was not sent again." : "Nothing was sent twice."} An outage is no reason to log in.`;
    },
  },
  {
    id: "restart",
    title: "Restart the engine",
    does: "This server's engine and all processes of the strategy end and begin again.",
    everywhere: true,
    async run(stage) {
      const all = stage.unattended;
      const sessions = stage.sessions(...all);
      await stage.desk.restart();
      const gone = "Nothing was in memory any more";
      if (!(await stage.answered(...all)))
        return "The processes have begun again, and not every broker has answered yet.";
      const now = stage.sessions(...all);
      if (now !== sessions)
        return `${gone}, and the sessions of before were over by then: the processes are at ${now}.`;
      return `${gone}. The processes found ${sessions} in the encrypted store and went on with them.`;
    },
  },
  {
    id: "kill",
    title: "Kill one of three processes",
    does: "The process risk, which calls every broker, is killed outright.",
    everywhere: true,
    async run(stage) {
      const { desk } = stage;
      const all = stage.unattended;
      const before = desk.log.calls;
      const sessions = stage.sessions(...all);
      const pid = desk.kill("risk");
      if (pid === undefined) return "The process risk was not running.";
      await stage.until(() => desk.pid("risk") === undefined);
      const back = await stage.until(() => desk.pid("risk") !== undefined);
      const others = desk.log.calls - before;
      if (!back) return `Process ${pid} is gone, and it has not begun again yet.`;
      const heard = desk.log.heardFrom("risk");
      await stage.until(() => desk.log.heardFrom("risk") >= heard + 2);
      const now = stage.sessions(...all);
      const found = now === sessions ? "found all sessions in the store" : `is at ${now}`;
      return `Process ${pid} is gone, with no chance to tidy up. The other ${jobNames.length - 1} made ${others} calls meanwhile. Its successor ${desk.pid("risk")} ${found}; a lock that a dead process holds is freed by the kernel.`;
    },
  },
];
