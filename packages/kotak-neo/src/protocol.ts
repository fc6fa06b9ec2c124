// Everything that talks to Kotak Neo, in one place to be loaded when it is first needed.
export { answer, begin } from "./login.ts";
export { network } from "./network.ts";
export { probe } from "./probe.ts";
export { serverTime } from "./server-time.ts";
export { openSocket } from "./socket.ts";
