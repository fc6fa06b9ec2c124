#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { cacheDirectory } from "./cache-directory.ts";

// Node's own default lies below the folder for temporary files, which is every user's.
const cache = cacheDirectory();
if (cache !== undefined) enableCompileCache(cache);

const { runCommand } = await import("./command.ts");
process.exitCode = await runCommand(process.argv.slice(2));
