// Everything that talks to Nubra, in one place to be loaded when it is first needed.
export { answer, begin } from "./login.ts";
export { disableTotp, enableTotp, generateTotp } from "./enrolment.ts";
export { network } from "./network.ts";
export { openSocket } from "./socket.ts";
export { probe } from "./probe.ts";
export { renew } from "./renewal.ts";
export { revoke } from "./logout.ts";
export { serverTime } from "./server-time.ts";
