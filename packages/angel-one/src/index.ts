export type { AngelOneAccount, AngelOneCredentials } from "./credentials.ts";
export type { AngelOneOptions } from "./options.ts";
export { angelOne, type AngelOneProvider } from "./provider.ts";
export type { AngelOneSocketPurpose } from "./socket.ts";
export type { AngelOneTokens } from "./tokens.ts";
