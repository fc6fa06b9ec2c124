export { keychain, type KeychainOptions } from "./keychain-source.ts";
