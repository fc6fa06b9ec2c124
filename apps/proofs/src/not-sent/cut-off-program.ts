// A program on web standards that logs in, renews, reads and orders while nothing leaves. Its argument says how to reach the brokers and the proof.
import { createBrokerAuth, isBrokerAuthError, memoryStore } from "@x/core";
import { type KotakNeoAccount, kotakNeo } from "@x/kotak-neo";
import { nubra, type NubraAccount } from "@x/nubra";
import { requests } from "../harness/requests.ts";
import type { CutOff } from "./cut-off.ts";

export interface CutOffPlan {
  readonly accounts: {
    readonly main: { broker: "nubra" } & NubraAccount;
    readonly hedge: { broker: "kotak-neo" } & KotakNeoAccount;
  };
  readonly ways: readonly CutOff[];
  /** Where the proof listens for `/way` and `/ahead`. */
  readonly control: string;
}

/** What one call came to. */
export interface CutOffCall {
  readonly way: string;
  readonly account: "main" | "hedge";
  readonly call: string;
  /** An error code, `ok`, or a status. */
  readonly came: string;
  /** What it may come to. */
  readonly wanted: readonly string[];
  readonly message: string;
}

type Name = keyof CutOffPlan["accounts"];

const { Deno, process } = globalThis as {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process?: { readonly argv: readonly string[] };
};
const [argument = ""] = Deno?.args ?? process?.argv.slice(2) ?? [];
const plan = JSON.parse(argument) as CutOffPlan;
// Deno asks for a body before it connects, so that it cannot tell what our own limit ended.
const knowsSilence = Deno === undefined;
const calls: CutOffCall[] = [];
const limitMs = 800;
const socketsAtStart = knowsSilence ? await openSockets() : 0;
// How far both clocks are ahead of the computer's, from the program before.
let aheadMs = Number(await tell("/ahead?ms=0"));
let taken: (() => void)[] = [];

for (const way of plan.ways) {
  for (const account of ["main", "hedge"] as const) {
    if (way.at === "name") await withoutAddress(way, account);
    else if (way.arrives) await arriving(way, account);
    else await cutOff(way, account);
  }
}
console.log(JSON.stringify(calls));

/** Nothing leaves, whatever is called; and when the way is open again, nothing has been counted. */
async function cutOff(way: CutOff, account: Name): Promise<void> {
  const { auth, patient, note, thrice, close } = start(way, account);
  const tries = async (call: string): Promise<void> => {
    await set(way);
    await thrice(call);
    await set(undefined);
    await note(`${call}, open again`, ["ok"], () => patient.session(account));
  };
  const told = !way.silent || knowsSilence;
  const ends = way.silent ? ["aborted", "broker_unavailable"] : ["broker_unavailable"];
  await tries("login");
  if (told) {
    await patient.logout(account);
    // The clock was measured a moment ago: the first call carries a factor.
    await tries("login, clock known");
  }
  await auth.session(account);
  await set(way);
  await note("read", ends, () => ask(auth, account, "read", limited(way)));
  if (told) await note("order", ends, () => ask(auth, account, "order", limited(way)));
  await set(undefined);
  await note("order, open again", ["200"], () => ask(patient, account, "order"));
  if (told && account === "main") {
    await ahead(8 * 3_600_000);
    await tries("renewal");
  }
  await close();
}

/** It leaves, and no answer comes. */
async function arriving(way: CutOff, account: Name): Promise<void> {
  const { auth, patient, note, close } = start(way, account);
  await patient.session(account);
  await auth.session(account);
  await set(way);
  await note("order", ["outcome_unknown"], () => ask(auth, account, "order", limited(way)));
  await set(undefined);
  await auth.logout(account);
  await set(way);
  await note("login, clock known", ["outcome_unknown"], () => auth.session(account));
  await set(undefined);
  await close();
}

async function withoutAddress(way: CutOff, account: Name): Promise<void> {
  const { thrice, close } = start(way, account, "https://broker.invalid");
  await thrice("login");
  await close();
}

type Auth = ReturnType<typeof start>["auth"];

/** An engine with a short limit where only that ends a call, and one that has time when the way is open; on one store. */
function start(way: CutOff, account: Name, elsewhere?: string) {
  const { main, hedge } = plan.accounts;
  const at = (field: "baseUrl" | "loginBaseUrl") =>
    elsewhere === undefined ? {} : ({ environment: "production", [field]: elsewhere } as const);
  const store = memoryStore();
  const engine = (timeoutMs: number) =>
    createBrokerAuth({
      brokers: [nubra({ timeoutMs }), kotakNeo({ timeoutMs })],
      accounts: {
        main: { ...main, ...at("baseUrl") },
        hedge: { ...hedge, ...at("loginBaseUrl") },
      },
      store,
      random: () => 0.5,
      clock: { now: () => Date.now() + aheadMs, sleep: (ms) => ahead(ms) },
    });
  const patient = engine(30_000);
  const auth = way.silent ? engine(limitMs) : patient;
  const note = async (call: string, wanted: readonly string[], work: () => Promise<unknown>): Promise<void> => {
    const { came, message } = await work().then(
      (result) => ({ came: typeof result === "number" ? String(result) : "ok", message: "" }),
      (error: Error) => ({ came: isBrokerAuthError(error) ? error.code : String(error), message: error.message }),
    );
    calls.push({ way: way.name, account, call, came, wanted, message });
  };
  const thrice = async (call: string): Promise<void> => {
    for (let time = 0; time < 3; time++) {
      await note(call, ["broker_unavailable"], () => auth.session(account));
      await ahead(61_000);
    }
  };
  return { auth, patient, note, thrice, close: () => Promise.all([auth.close(), patient.close()]) };
}

// Other than a login, these have no limit of their own.
function limited(way: CutOff): RequestInit {
  return way.silent ? { signal: AbortSignal.timeout(limitMs) } : {};
}

async function ask(auth: Auth, account: Name, what: "read" | "order", limit: RequestInit = {}): Promise<number> {
  const { path, init } = requests[account][what];
  return (await auth.fetch(account, path, { ...init, ...limit })).status;
}

async function set(way: CutOff | undefined): Promise<void> {
  release();
  await tell(`/way?name=${way === undefined || way.at === "descriptors" ? "open" : way.name}`);
  if (way?.at === "descriptors") await exhaust();
}

/** Both clocks go on. */
async function ahead(ms: number): Promise<void> {
  const exhausted = taken.length > 0;
  release();
  aheadMs += ms;
  await tell(`/ahead?ms=${ms}`);
  if (exhausted) await exhaust();
}

async function tell(path: string): Promise<string> {
  const answer = await fetch(plan.control + path, { method: "POST" });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`the proof answered ${answer.status}: ${said}`);
  return said;
}

/**
 * Takes every descriptor that this process may have. Not before its connections are gone: the descriptor of one that is on its way out would come
 * free later, and a call would get out with it.
 */
async function exhaust(): Promise<void> {
  const { closeSync, openSync } = (await import("node:fs")) as typeof import("node:fs");
  while ((await openSockets()) > socketsAtStart) await new Promise((resolve) => setTimeout(resolve, 5));
  try {
    for (;;) {
      const descriptor = openSync("/dev/null", "r");
      taken.push(() => closeSync(descriptor));
    }
  } catch {
    // None is left.
  }
}

/** Where the system tells: otherwise none. */
async function openSockets(): Promise<number> {
  const { existsSync, readdirSync, statSync } = (await import("node:fs")) as typeof import("node:fs");
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return 0;
  const isSocket = (name: string): boolean =>
    statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.isSocket() === true;
  return readdirSync(folder).filter(isSocket).length;
}

function release(): void {
  for (const close of taken) close();
  taken = [];
}
