import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { memoryStore, type TokenStore } from "@x/core";
import { sqliteStore } from "@x/stores/sqlite";
import {
  openTestEnvironment,
  type TestAccountName,
  type TestAuth,
  type TestEngineChanges,
  type TestEnvironment,
} from "@x/test-environment";
import { outcomeOf } from "../harness/outcome.ts";
import { counted, faults, highest, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { typedCodes } from "../harness/typed-codes.ts";
import { Sleepers } from "./sleepers.ts";

/** Longer than anything here takes that is not held up. */
const heldMs = 1_000;
const never = (): Promise<never> => new Promise(() => undefined);

export const proof: Proof = {
  promises: ["P1", "P12"],
  bar: "a login that waits for midnight, a TOTP step, a code source that never answers, a lock or a silent store: a person's login, logout and purge of this and of other programs go on, and so do its other accounts, one login at a time; close ends within a second, one login when the wait is over, nobody is logged in after a logout, and nothing is written after a close",
  async run(context) {
    const found = newFound();
    for (const kind of ["memory", "sqlite"] as const) {
      for (const wait of waitings) {
        for (const round of rounds) {
          const directory = join(context.directory, `${wait.what} ${round}`.replaceAll(" ", "-"));
          const store = kind === "memory" ? memoryStore() : sqliteStore({ directory, plaintext: "i-understand" });
          await playRound(wait, round, store, found);
        }
      }
    }
    await waitForLock(found);
    await askSilentStore(found);
    for (const account of ["main", "hedge"] as const) await logOutUnderWay(account, found);
    for (const late of ["answer", "effect", "write"] as const) await closeUnderWay(context, found, late);
    return counted(found);
  },
};

const rounds = ["others", "own", "close", "together"] as const;

const newFound = () => ({
  waits: total("waiting logins"),
  works: total("works of a person meanwhile"),
  held: faults("held up"),
  wrong: faults("ended otherwise than they should"),
  closeMs: highest("ms for a close (at most)", { atMost: heldMs }),
  surplus: total("logins too many", { exactly: 0 }),
  remade: total("folders made anew after a close", { exactly: 0 }),
});
type Found = ReturnType<typeof newFound>;

/** What a login waits for, and how it comes to that. */
interface Waiting {
  readonly what: string;
  readonly account: TestAccountName;
  readonly startAt?: number;
  /** The automatic program's configuration, where it is another one. */
  readonly changes?: TestEngineChanges;
  /** Whether the current TOTP step is used already. */
  readonly used?: true;
  /** Whether the wait can end. */
  readonly ends: boolean;
}

const beforeMidnight = Date.UTC(2031, 2, 3, 18, 27, 10, 500);
const silentSource = { totpSecret: undefined, totpCode: never } as const;

const waitings: readonly Waiting[] = [
  { what: "the next TOTP step", account: "main", used: true, ends: true },
  { what: "the next TOTP step", account: "hedge", used: true, ends: true },
  { what: "midnight", account: "hedge", startAt: beforeMidnight, ends: true },
  { what: "a code source", account: "main", changes: { main: silentSource }, ends: false },
  { what: "a code source", account: "hedge", changes: { hedge: silentSource }, ends: false },
];

type Round = (typeof rounds)[number];

async function playRound(wait: Waiting, round: Round, store: TokenStore, found: Found): Promise<void> {
  const { account, changes = {}, ends } = wait;
  await using test = await openTestEnvironment({ startAt: wait.startAt });
  if (wait.used) {
    await using first = test.engine({ store });
    await first.session(account);
    await first.logout(account);
  }
  const sleepers = new Sleepers(test.clock);
  // Whoever waits takes no turn: with one login at a time the program's other account goes on.
  const open = (): TestAuth => test.engine({ store, ...changes, sleep: sleepers.sleep, concurrency: 1 });
  const auth = open();
  const { session } = await waitingSession(auth, account, found);
  if (ends) await sleepers.asleep(1);
  const before = test.minted();
  const what = `${round} during ${account}, ${wait.what}`;
  const during = (work: string, run: Promise<unknown>, ...wanted: string[]): Promise<void> =>
    meanwhile(found, `${work} of ${what}`, run, ...wanted);
  const ended = async (run: Promise<string>, wanted: string): Promise<void> => {
    const outcome = await run;
    if (outcome !== wanted) found.wrong.add(`${what}: ${outcome} instead of ${wanted}`);
  };

  if (round === "others") {
    const person = personOf(test, store);
    await during("status", person.status(account));
    await during("login", logInByHand(person, account, test), "done");
    await during("logout", person.logout(account));
    await during("unlock", person.unlock(account));
    await during("purge", person.purge(account));
    await closed(person, found);
    await closed(auth, found);
    await ended(session, "aborted");
  } else if (round === "own") {
    // The person is at the very program whose automatic login waits.
    await during("status", auth.status(account));
    const other = account === "main" ? "hedge" : "main";
    if (wait.what !== "midnight") await during("another account", outcomeOf(auth.session(other)), "done");
    found.surplus.add(-test.minted(other));
    await during("logout", auth.logout(account));
    await during("purge", auth.purge(account));
    if (ends) await ended(sleepers.wakeFor(session), "aborted");
    await closed(auth, found);
    await session;
    found.surplus.add(test.minted() - before);
  } else if (round === "close") {
    await closed(auth, found);
    await ended(session, "aborted");
    await sleepers.wakeFor(pause(20));
    found.surplus.add(test.minted() - before);
  } else {
    // Further programs wait for the same, and a person of another one comes first or not at all.
    const others = [open(), open()];
    const sessions = [session];
    for (const other of others) sessions.push((await waitingSession(other, account, found)).session);
    if (ends) {
      await unlessHeld(sleepers.asleep(sessions.length), `others that wait for the same of ${what}`, found);
      const all = sleepers.wakeFor(Promise.all(sessions));
      for (const outcome of await all) await ended(Promise.resolve(outcome), "done");
    } else {
      const person = personOf(test, store);
      await during("login", logInByHand(person, account, test), "done");
      // Who asks now need not wait for anything: the person's session is there.
      await during("session", outcomeOf(open().session(account)), "done");
      await during("session of a program that waits", outcomeOf(auth.session(account)), "done");
      await during("the wait itself", session, "done");
    }
    found.surplus.add(test.minted() - before - 1);
    for (const program of [auth, ...others]) await closed(program, found);
    await Promise.all(sessions);
  }
}

/** A program of a person who types what is asked for. */
function personOf(test: TestEnvironment, store: TokenStore): TestAuth {
  const byHand = { totpSecret: undefined };
  return test.engine({ store, main: byHand, hedge: byHand });
}

function logInByHand(person: TestAuth, account: TestAccountName, test: TestEnvironment): Promise<string> {
  const { otp, totp } = typedCodes(test, account);
  // The next code that the app shows.
  const login = person.login(account, { otp, totp: () => (test.clock.advance(30_000), totp()) });
  return outcomeOf(login);
}

/** A login that waits for another process which has the lock and never gives it back. */
async function waitForLock(found: Found): Promise<void> {
  await using test = await openTestEnvironment();
  await test.engine().session("main");
  await test.engine().logout("main");
  for await (const key of test.store.keys()) await test.store.lock(key, { waitMs: 0 });
  const auth = test.engine({ concurrency: 1 });
  const { session } = await waitingSession(auth, "main", found);
  await meanwhile(found, "another account during a lock", outcomeOf(auth.session("hedge")), "done");
  await closed(auth, found);
  if ((await session) !== "aborted") found.wrong.add(`the wait for a lock ended by ${await session}`);
}

async function askSilentStore(found: Found): Promise<void> {
  for (const call of ["read", "swap", "lock", "purge", "close"] as const) {
    await using test = await openTestEnvironment();
    const auth = test.engine({ store: { ...memoryStore(), [call]: never }, storeTimeoutMs: 100 });
    for (const work of ["session", "login", "logout", "unlock", "purge", "status"] as const) {
      const what = `${work} on a store whose ${call} is silent`;
      await meanwhile(found, what, outcomeOf(auth[work]("main")), "done", "store_unavailable");
    }
    await closed(auth, found);
  }
}

/** A person logs out while a login of the program, which has sent nothing yet, reads the store: nobody is logged in by it afterwards. */
async function logOutUnderWay(account: TestAccountName, found: Found): Promise<void> {
  await using test = await openTestEnvironment();
  await test.engine().session(account);
  test.endSessions(account);
  const [reading, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let reads = 0;
  const store: TokenStore = {
    ...test.store,
    async read(key) {
      const record = await test.store.read(key);
      if ((reads += 1) > 1) return record;
      reading.resolve();
      await gate.promise;
      return record;
    },
  };
  const auth = test.engine({ store });
  const session = outcomeOf(auth.session(account));
  await reading.promise;
  found.waits.add(1);
  const before = test.minted();
  await meanwhile(found, `logout of ${account} while the store is read`, auth.logout(account));
  gate.resolve();
  const outcome = await session;
  if (outcome !== "aborted") found.wrong.add(`${account}, logged out while the store was read: ${outcome}`);
  found.surplus.add(test.minted() - before);
  await closed(auth, found);
}

/** A program closes while a factor is under way, and its folder is removed; the broker's answer or its effect comes later, or that of a write. */
async function closeUnderWay(context: ProofContext, found: Found, late: "answer" | "effect" | "write"): Promise<void> {
  await using test = await openTestEnvironment();
  const directory = join(context.directory, `closed-${late}`);
  const disk = sqliteStore({ directory, plaintext: "i-understand" });
  const [left, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // A fetch that heeds no signal, as one with a wrapper of the user's own may be.
  const slow: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const bare = { ...init, signal: null };
    if (pathname !== "/verifypin") return fetch(input, bare);
    const answer = late === "answer" ? await fetch(input, bare) : undefined;
    left.resolve();
    await gate.promise;
    return answer ?? fetch(input, bare);
  };
  // A write that was made, and tells it late.
  const store: TokenStore = {
    ...disk,
    async swap(...given) {
      const swapped = await disk.swap(...given);
      if (late === "write") {
        left.resolve();
        await gate.promise;
      }
      return swapped;
    },
  };
  const auth = test.engine({ store, fetch: slow });
  const session = outcomeOf(auth.session("main"));
  await left.promise;
  await closed(auth, found);
  await rm(directory, { recursive: true });
  if ((await session) !== "aborted") found.wrong.add(`a login under way at a close: ${await session}`);
  gate.resolve();
  await pause(100);
  found.remade.add(existsSync(directory));
}

/** A session that is asked for, as soon as its login waits. */
async function waitingSession(
  auth: TestAuth,
  account: TestAccountName,
  found: Found,
): Promise<{ session: Promise<string> }> {
  const { promise: waiting, resolve } = Promise.withResolvers<void>();
  const stop = auth.on(({ type }) => (type === "waiting" ? resolve() : undefined));
  const session = outcomeOf(auth.session(account));
  await waiting;
  stop();
  found.waits.add(1);
  return { session };
}

async function closed(auth: TestAuth, found: Found): Promise<void> {
  const beganAt = performance.now();
  await unlessHeld(auth.close(), "close", found);
  found.closeMs.add(Math.round(performance.now() - beganAt));
}

/** A work of a person while somebody waits. @param wanted what may come of it; default anything */
async function meanwhile(found: Found, what: string, run: Promise<unknown>, ...wanted: string[]): Promise<void> {
  found.works.add(1);
  const outcome = String(await unlessHeld(run, what, found));
  if (wanted.length > 0 && !wanted.includes(outcome)) found.wrong.add(`${what}: ${outcome}`);
}

async function unlessHeld(work: Promise<unknown>, what: string, { held }: Found): Promise<unknown> {
  const late = Symbol("late");
  const end = new AbortController();
  const first = await Promise.race([work, pause(heldMs, late, { signal: end.signal })]);
  end.abort();
  if (first === late) held.add(what);
  return first;
}
