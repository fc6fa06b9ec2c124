// A child that a test has started ends with the test's file at the latest, also where the test failed before it came to that: one that stays holds
// the output of the whole run open, and the run never ends.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll } from "vitest";

const children = new Set();
const note = ({ process: child }) => {
  children.add(child);
  child.once("exit", () => children.delete(child));
};

subscribe("child_process", note);
afterAll(async () => {
  unsubscribe("child_process", note);
  for (const child of children) {
    // One that could not be started has no number.
    if (child.pid === undefined) continue;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // Told of only where the test has not sent a signal itself.
    if (!child.killed) console.warn(`ended process ${child.pid}, which a test has left behind: ${child.spawnfile}`);
    if (child.kill("SIGKILL")) await ended;
  }
});
