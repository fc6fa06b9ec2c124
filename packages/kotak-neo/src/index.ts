export type { KotakNeoAccount, KotakNeoCredentials } from "./credentials.ts";
export type { KotakNeoApi } from "./endpoints.ts";
export { jData } from "./form.ts";
export type { KotakNeoOptions } from "./options.ts";
export { kotakNeo, type KotakNeoProvider } from "./provider.ts";
export type { KotakNeoSocketPurpose } from "./socket.ts";
export type { KotakNeoTokens } from "./tokens.ts";
