import { fileURLToPath } from "node:url";

/** Programs beside this file that run in a process of their own, or are bundled. */
export type ProgramName =
  | "adopt-session"
  | "angel-one-entry"
  | "angel-one-session"
  | "azure-identity-session"
  | "core-entry"
  | "empty"
  | "imported-packages"
  | "joining-process"
  | "kite-session"
  | "kotak-neo-entry"
  | "kotak-neo-session"
  | "lock-holder"
  | "log-in"
  | "log-in-all"
  | "log-in-by-fetch"
  | "log-in-by-http"
  | "log-in-by-ky"
  | "log-in-together"
  | "loopback-broker"
  | "memory-of-accounts"
  | "nubra-entry"
  | "nubra-client"
  | "nubra-session"
  | "read-sealed"
  | "zerodha-entry"
  | "zerodha-session";

const places: Readonly<Record<ProgramName, URL>> = {
  "adopt-session": new URL("programs/adopt-session.ts", import.meta.url),
  "angel-one-entry": new URL("programs/angel-one-entry.ts", import.meta.url),
  "angel-one-session": new URL("programs/angel-one-session.ts", import.meta.url),
  "azure-identity-session": new URL("programs/azure-identity-session.ts", import.meta.url),
  "core-entry": new URL("programs/core-entry.ts", import.meta.url),
  empty: new URL("programs/empty.ts", import.meta.url),
  "imported-packages": new URL("programs/imported-packages.ts", import.meta.url),
  "joining-process": new URL("programs/joining-process.ts", import.meta.url),
  "kite-session": new URL("programs/kite-session.ts", import.meta.url),
  "kotak-neo-entry": new URL("programs/kotak-neo-entry.ts", import.meta.url),
  "kotak-neo-session": new URL("programs/kotak-neo-session.ts", import.meta.url),
  "lock-holder": new URL("programs/lock-holder.ts", import.meta.url),
  "log-in": new URL("programs/log-in.ts", import.meta.url),
  "log-in-all": new URL("programs/log-in-all.ts", import.meta.url),
  "log-in-by-fetch": new URL("programs/log-in-by-fetch.ts", import.meta.url),
  "log-in-by-http": new URL("programs/log-in-by-http.ts", import.meta.url),
  "log-in-by-ky": new URL("programs/log-in-by-ky.ts", import.meta.url),
  "log-in-together": new URL("programs/log-in-together.ts", import.meta.url),
  "loopback-broker": new URL("programs/loopback-broker.ts", import.meta.url),
  "memory-of-accounts": new URL("programs/memory-of-accounts.ts", import.meta.url),
  "nubra-entry": new URL("programs/nubra-entry.ts", import.meta.url),
  "nubra-client": new URL("programs/nubra-client.ts", import.meta.url),
  "nubra-session": new URL("programs/nubra-session.ts", import.meta.url),
  "read-sealed": new URL("programs/read-sealed.ts", import.meta.url),
  "zerodha-entry": new URL("programs/zerodha-entry.ts", import.meta.url),
  "zerodha-session": new URL("programs/zerodha-session.ts", import.meta.url),
};

export function pathOf(name: ProgramName): string {
  return fileURLToPath(places[name]);
}
