import { jobNames } from "../strategy/jobs.ts";
import { brokersOf } from "./sandbox-side.ts";
import type { Scenario } from "./scenario-stage.ts";

/** Scenarios that are no reason to log in. All but the first are about every account at once. @param downMs how long the brokers are down */
export const outageScenarios = (downMs: number): readonly Scenario[] => [
  {
    id: "html",
    title: "Broker answers HTML",
    does: "A gateway in front of the broker answers the next six calls with a web page.",
    async run(stage) {
      const { account, broker, readStep, sessionsBefore } = stage;
      broker?.setScenario(account, { name: "html-page", step: readStep, times: 6 });
      await stage.until(() => stage.named("broker_unavailable") >= 6);
      const answered = await stage.answered();
      const count = stage.named("broker_unavailable");
      if (count === 0) return `Nobody has noticed yet: the strategy does not call ${account} just now.`;
      const same = stage.sessions === sessionsBefore;
      const next = `the next answer came on ${stage.sessions}${same ? " as before" : ""}`;
      return `${count} calls were answered with a page (502). Each ended as broker_unavailable, without a word of the page in it. A page says nothing about the session${same ? ", so nobody logged in" : ""}, and ${answered ? next : "no answer has come since"}.`;
    },
  },
  {
    id: "down",
    title: "Brokers are down for ten seconds",
    does: "All brokers cut every connection for ten seconds.",
    everywhere: true,
    async run(stage) {
      for (const broker of brokersOf(stage.sandbox)) broker.setScenario("*", { name: "reset" });
      try {
        await stage.pause(downMs);
      } finally {
        for (const broker of brokersOf(stage.sandbox)) broker.clearScenarios("*", "reset");
      }
      const answered = await stage.answered();
      const orders = stage.named("outcome_unknown");
      const which = stage.sessions === stage.sessionsBefore ? "on the sessions of before" : `on ${stage.sessions}`;
      return `${stage.failures - orders} calls ended as broker_unavailable, and ${answered ? `all brokers answer again, ${which}` : "not every broker answers yet"}. ${orders > 0 ? "An order got no answer either: it was not sent again." : "Nothing was sent twice."} An outage is no reason to log in.`;
    },
  },
  {
    id: "restart",
    title: "Restart the engine",
    does: "This server's engine and all processes of the strategy end and begin again.",
    everywhere: true,
    async run(stage) {
      await stage.desk.restart();
      if (!(await stage.answered())) return "The processes have begun again, and not every broker has answered yet.";
      const gone = "Nothing was in memory any more";
      return stage.sessions === stage.sessionsBefore
        ? `${gone}. The processes found ${stage.sessions} in the encrypted store and went on with them.`
        : `${gone}, and the sessions of before were over by then: the processes are at ${stage.sessions}.`;
    },
  },
  {
    id: "kill",
    title: "Kill one of three processes",
    does: "The process risk, which calls every broker, is killed outright.",
    everywhere: true,
    async run(stage) {
      const { log, supervisor } = stage.desk;
      const [before, pid] = [log.counts.calls, supervisor.kill("risk")];
      if (pid === undefined) return "The process risk was not running.";
      await stage.until(() => supervisor.pid("risk") === undefined);
      const back = await stage.until(() => supervisor.pid("risk") !== undefined);
      if (!back) return `Process ${pid} is gone, and it has not begun again yet.`;
      const [others, heard] = [log.counts.calls - before, log.heardFrom("risk")];
      await stage.until(() => log.heardFrom("risk") >= heard + 2);
      const { sessions, sessionsBefore } = stage;
      const found = sessions === sessionsBefore ? "found all sessions in the store" : `is at ${sessions}`;
      return `Process ${pid} is gone, with no chance to tidy up. The other ${jobNames.length - 1} made ${others} calls meanwhile. Its successor ${supervisor.pid("risk")} ${found}; a lock that a dead process holds is freed by the kernel.`;
    },
  },
];
