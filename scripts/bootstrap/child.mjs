import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Failure } from "./failure.mjs";

/**
 * Runs a program in the foreground, on the caller's own input and output, and answers with its exit code (128 + n after
 * signal n). SIGINT and SIGTERM go to the child and the child is awaited, so that it can finish properly.
 * @param {string} file
 * @param {ReadonlyArray<string>} args
 * @param {{ env: Record<string, string | undefined>, cwd?: string }} options
 * @returns {Promise<number>}
 */
export async function runInForeground(file, args, { env, cwd }) {
  const { code, signal, error } = await settle(spawn(file, args, { env, cwd, stdio: "inherit" }));
  if (error) throw new Failure(`${file} could not be started (${error.code ?? error.message}).`, { exitCode: 127 });
  return signal === null ? code : exitCodeOf(signal);
}

/**
 * Runs a tool in the background of our own work and answers with what it printed to stdout. It gets no input, and our
 * stdout stays clean.
 * @param {string} file
 * @param {ReadonlyArray<string>} args
 * @param {object} options
 * @param {Record<string, string | undefined>} options.env
 * @param {string} options.cwd
 * @param {string} options.sentence what to tell if it fails
 * @returns {Promise<string>}
 */
export async function runTool(file, args, { env, cwd, sentence }) {
  const child = spawn(file, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const { code, signal, error, interruptedBy } = await settle(child);
  if (interruptedBy) throw new Failure(`Stopped by ${interruptedBy}.`, { exitCode: exitCodeOf(interruptedBy) });
  if (error) throw new Failure(`${sentence} (${file} could not be started: ${error.code ?? error.message})`);
  if (code !== 0 || signal) throw new Failure(sentence, { output });
  return stdout;
}

/** @param {NodeJS.Signals} signal */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/** @param {import("node:child_process").ChildProcess} child */
async function settle(child) {
  let interruptedBy;
  const forward = (signal) => {
    interruptedBy = signal;
    // Ctrl-C in a terminal has reached the child already: both are in its foreground group. A second SIGINT would mean
    // "now!" to many programs.
    if (signal === "SIGINT" && (process.stdin.isTTY || process.stderr.isTTY)) return;
    child.kill(signal);
  };
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const stopWatching = watchForLostParent(() => forward("SIGTERM"));
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve({ code: 1, signal: null, error, interruptedBy }));
      child.once("close", (code, signal) => resolve({ code: code ?? 1, signal, error: undefined, interruptedBy }));
    });
  } finally {
    process.off("SIGINT", forward).off("SIGTERM", forward);
    stopWatching();
  }
}

/**
 * npm passes SIGTERM to the shell between it and us, and that shell dies without a word: `timeout 20 npm start` would
 * leave the demo running.
 * @param {() => void} lost
 */
function watchForLostParent(lost) {
  if (process.platform === "win32" || !process.env.npm_lifecycle_event) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    lost();
  }, 250);
  return () => clearInterval(timer);
}
