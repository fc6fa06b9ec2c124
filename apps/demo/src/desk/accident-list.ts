import type { Accident } from "./accident.ts";
import { expiry, hundredRequests, otherDevice, wrongClock, wrongPin } from "./login-accidents.ts";
import { brokersDown, htmlAnswers, killedProcess, restart } from "./outage-accidents.ts";

/** In the order of the page. */
export const accidentList: readonly Accident[] = [
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
