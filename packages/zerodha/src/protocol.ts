// Everything that talks to Zerodha, in one place to be loaded when it is first needed.
export { answer, begin } from "./login.ts";
export { revoke } from "./logout.ts";
export { probe } from "./probe.ts";
export { openSocket } from "./socket.ts";
