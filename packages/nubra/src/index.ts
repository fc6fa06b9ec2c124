export { nubra, type NubraProvider } from "./provider.ts";
export type { NubraOptions } from "./options.ts";
export type { NubraAccount, NubraCredentials } from "./credentials.ts";
export type { NubraTokens } from "./tokens.ts";
export type { NubraSocketPurpose } from "./socket.ts";
