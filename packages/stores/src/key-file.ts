export { environmentKey, keyFile } from "./key-file-source.ts";
