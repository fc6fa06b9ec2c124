// Holds sessions of many accounts of one broker in one engine and prints how many bytes each of them takes. Wants --expose-gc.
import { setTimeout as pause } from "node:timers/promises";
import { createBrokerAuth, memoryStore } from "@x/core";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { accountsAt, startedAt } from "../accounts.ts";
import { numbered, ucc } from "../many-accounts.ts";
import { recordBrokers, recordedFetch } from "../recorded-brokers.ts";

const origin = "http://127.0.0.1:9";
const [what, countText] = process.argv.slice(2);
const count = Number(countText);
const timeoutMs = 500;
const fetch = recordedFetch(await recordBrokers(), origin);
const { main, hedge } = accountsAt(origin);
const accountOf = (index: number): typeof main | typeof hedge =>
  what === "nubra"
    ? { ...main, phone: numbered(main.phone, index) }
    : { ...hedge, mobileNumber: numbered(hedge.mobileNumber, index), ucc: ucc(index) };

if (what === "bare") {
  console.log(await bare(count));
} else {
  // The first engine pays for everything that is loaded and compiled.
  await held(count / 4, accountOf);
  console.log(await held(count, accountOf));
}

async function held(accounts: number, of: (index: number) => typeof main | typeof hedge): Promise<number> {
  const before = await used();
  const auth = createBrokerAuth({
    brokers: [nubra({ timeoutMs }), kotakNeo({ timeoutMs })],
    accounts: Object.fromEntries(Array.from({ length: accounts }, (_, index) => [`account-${index}`, of(index)])),
    store: memoryStore(),
    fetch,
    clock: { now: () => startedAt },
  });
  for (const name of auth.accounts) await auth.headers(name);
  // The time limits of the logins' calls are over then as well.
  await pause(timeoutMs + 100);
  const bytes = ((await used()) - before) / accounts;
  await auth.close();
  return bytes;
}

// What a program without this library keeps: the token and when it ends.
async function bare(accounts: number): Promise<number> {
  const before = await used();
  const sessions = new Map<string, { token: string; expiresAt: number }>();
  for (let index = 0; index < accounts; index++) {
    sessions.set(`account-${index}`, { token: `${index}`.padEnd(400, "t"), expiresAt: startedAt + index });
  }
  const bytes = ((await used()) - before) / accounts;
  if (sessions.size !== accounts) throw new Error("a session was lost");
  return bytes;
}

// What the platform does when something is collected (signals and their listeners, above all) it does in a task of its own.
async function used(): Promise<number> {
  for (let run = 0; run < 4; run++) {
    gc?.();
    await pause(1);
  }
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}
