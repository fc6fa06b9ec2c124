export type { ZerodhaAccount, ZerodhaCredentials } from "./credentials.ts";
export type { ZerodhaOptions } from "./options.ts";
export { zerodha, type ZerodhaProvider } from "./provider.ts";
export type { ZerodhaSocketPurpose } from "./socket.ts";
export type { ZerodhaTokens } from "./tokens.ts";
