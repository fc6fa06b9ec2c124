import type { Scenario } from "./scenario.ts";
import { expiry, hundredRequests, otherDevice, wrongClock, wrongPin } from "./login-scenarios.ts";
import { brokersDown, htmlAnswers, killedProcess, restart } from "./outage-scenarios.ts";

/** In the order of the page. */
export const scenarioList: readonly Scenario[] = [
  otherDevice,
  expiry,
  htmlAnswers,
  brokersDown,
  wrongPin,
  wrongClock,
  hundredRequests,
  restart,
  killedProcess,
];
