export { passphrase } from "./passphrase-source.ts";
