// Everything that talks to Nubra, in one place to be loaded when it is first needed.
export { disableTotp, enableTotp, generateTotp } from "./enrolment.ts";
export { answer, begin } from "./login.ts";
export { revoke } from "./logout.ts";
export { network } from "./network.ts";
export { probe } from "./probe.ts";
export { renew } from "./renewal.ts";
export { serverTime } from "./server-time.ts";
export { openSocket } from "./socket.ts";
