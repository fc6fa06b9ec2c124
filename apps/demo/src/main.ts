import { runDemo } from "./command.ts";

const ending = new AbortController();
// For as long as it takes: a second signal, as process groups get it, must not cut the clean-up short.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ending.abort());
// The reader of a pipe has gone: nobody is left to tell.
process.stdout.on("error", () => ending.abort());

process.exitCode = await runDemo(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  ended: ending.signal,
});
