export { encrypted } from "./encrypted-store.ts";
export { type KeySource, type StoreKey, storeKey } from "./store-key.ts";
