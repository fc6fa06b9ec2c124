// Brings many accounts of both brokers to a session at once, and prints as JSON what that took. Each login is a new one.
import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { encrypted } from "@x/stores/encrypted";
import { keyFile } from "@x/stores/key-file";
import { sqliteStore } from "@x/stores/sqlite";
import { startedAt } from "../accounts.ts";
import { manyAccounts } from "../many-accounts.ts";
import type { ScaleReport } from "../scale.ts";

const [origin = "", countText, directory = "", keyPath = ""] = process.argv.slice(2);
const store = directory === "" ? memoryStore() : encrypted(sqliteStore({ directory }), keyFile(keyPath));
let inFlight = 0;
let mostInFlight = 0;
const auth = createBrokerAuth({
  brokers: [nubra(), kotakNeo()],
  accounts: manyAccounts(origin, Number(countText)),
  store,
  clock: { now: () => startedAt },
  fetch: async (...request) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    try {
      return await fetch(...request);
    } finally {
      inFlight -= 1;
    }
  },
});
// What is loaded at the first request and written at the first use is no matter of numbers.
await auth.session("account-0");
await auth.session("account-1");

let descriptors = 0;
const count = (): void => {
  descriptors = Math.max(descriptors, openDescriptors());
};
const counting = setInterval(count, 5);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const started = performance.now();
const startedCpu = process.cpuUsage();
const outcomes = await auth.loginAll();
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(startedCpu);
delay.disable();
clearInterval(counting);
const failed = outcomes.find((outcome) => !outcome.ok);
if (failed !== undefined) throw failed.error;
await auth.close();
const report: ScaleReport = {
  ms,
  cpuMs: (user + system) / 1e3,
  longestBlockMs: delay.max / 1e6,
  descriptors,
  mostInFlight,
  residentMb: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(report));

// 0 where the platform does not tell.
function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
