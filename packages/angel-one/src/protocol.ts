// Everything that talks to Angel One, in one place to be loaded when it is first needed.
export { answer, begin } from "./login.ts";
export { revoke } from "./logout.ts";
export { probe } from "./probe.ts";
export { renew } from "./renewal.ts";
export { serverTime } from "./server-time.ts";
export { openSocket } from "./socket.ts";
