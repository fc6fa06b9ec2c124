export type { NubraAccount, NubraCredentials } from "./credentials.ts";
export type { NubraOptions } from "./options.ts";
export { nubra, type NubraProvider } from "./provider.ts";
export type { NubraSocketPurpose } from "./socket.ts";
export type { NubraTokens } from "./tokens.ts";
