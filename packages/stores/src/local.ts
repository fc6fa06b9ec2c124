export { type LocalStoreOptions, localStore } from "./local-store.ts";
