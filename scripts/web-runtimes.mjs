// Brings Bun and Deno from npm into the cache, for a proof. One JSON line for each: where it is, or why it could not be had.
import path from "node:path";
import { Failure } from "./bootstrap/failure.mjs";
import { findTools } from "./bootstrap/tools.mjs";
import { runtimeAt, webRuntimes } from "./tarballs/fetched-tools.mjs";

const say = (line) => process.stderr.write(`${line}\n`);
const machine = { ...(await findTools(path.join(import.meta.dirname, ".."), say)), say };

for (const [name, version] of Object.entries(webRuntimes)) {
  try {
    console.log(JSON.stringify({ name, version, file: await runtimeAt(name, version, machine) }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(JSON.stringify({ name, version, failure: error.message }));
  }
}
