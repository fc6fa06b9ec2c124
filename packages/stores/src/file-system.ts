/**
 * Node's file system. An import of `node:fs` evaluates all that it exports, its streams and promises among it, which takes a sixth of the time in
 * which an empty Node starts.
 */
export const fs: typeof import("node:fs") = process.getBuiltinModule("node:fs");
