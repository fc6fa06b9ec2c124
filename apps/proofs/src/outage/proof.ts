import { createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import {
  type BrokerScenario,
  loginSteps,
  openTestEnvironment,
  type TestAccountName,
  type TestAuth,
  type TestEnvironment,
} from "@x/test-environment";
import { listenLocally } from "../harness/local-server.ts";
import { most } from "../harness/numbers.ts";
import { waitAfterSession, wantSessions } from "../harness/patient-programs.ts";
import { requests } from "../harness/requests.ts";
import { counted, highest, lowest, type Proof, type ProofContext, total } from "../harness/proof.ts";

const hourMs = 3_600_000;

// The longest wait between two tries is a minute, shortened by up to half; it is reached after 1, 2, 4 … 32 s.
const triesPerHour = 120;
const firstTries = 7;

export const proof: Proof = {
  promises: ["P5", "P12"],
  bar: "24 hours without a broker, 100 programs on one store: tries bounded and spread, 1 in flight, 2 factors where no clear answer comes and 1 in each told wait; one login when it is back",
  async run(context) {
    const [programs, hours] = context.scale === "full" ? [100, 24] : [6, 2];
    const triesAtMost = triesPerHour + firstTries;
    const found = {
      perHour: highest("tries of one program in one hour without a connection (at most)", { atMost: triesAtMost }),
      perSecond: highest("of all in one second (at most)", { atMost: Math.max(6, programs / 5) }),
      tries: total("of all in the whole time"),
      inFlight: highest("in flight for one account (at most)", { exactly: 1 }),
      kinds: total("kinds of outages that answer"),
      silent: highest("of one program in one hour where nothing is answered (at most)", { atMost: triesAtMost }),
      // Two tries of two calls each, and a look at the clock before each.
      heard: highest("requests for one account in the whole time otherwise (at most)", { atMost: 6 }),
      factors: highest("factors spent (at most)", { atMost: 2 }),
      beyond: highest("factors beyond one in each wait that was told (at most)", { atMost: 1 }),
      alive: total("logins while a session lived", { exactly: 0 }),
      fewestAfter: lowest("logins when it is over (at least)", { atLeast: 1 }),
      mostAfter: highest("(at most)", { exactly: 1 }),
    };
    await cutOff("main", true);
    await cutOff("main", false);
    await cutOff("hedge", false);
    for (const name of ["main", "hedge"] as const) for (const scenario of outages) await badAnswers(name, scenario);
    await aliveThroughIt();
    return counted(found);

    /**
     * Nothing gets out: no address, no connection. Nothing arrives at the broker then, so it is counted where it would leave the machine.
     * @param renewable a session has ended, and what is left to renew it with needs no TOTP code: so no time step holds the programs back
     */
    async function cutOff(name: TestAccountName, renewable: boolean): Promise<void> {
      await using test = await openTestEnvironment();
      const { clock } = test;
      const wire = new Wire(test, await refusedConnection());
      const crowd = startPrograms(test, programs, wire, context);
      if (renewable) {
        await crowd[0]?.session(name);
        clock.advance(7 * hourMs);
      }
      wire.cut = true;
      await wantSessions(crowd, name, clock, hours * hourMs);
      wire.cut = false;
      clock.advance(120_000);
      const { tries } = wire;
      found.tries.add(tries.length);
      found.perHour.add(busiest(tries, ({ at, program }) => `${program} ${Math.floor(at / hourMs)}`));
      // At the beginning all of them notice at once.
      const settled = tries.filter(({ at }) => at >= (tries[0]?.at ?? 0) + 600_000);
      if (renewable) found.perSecond.add(busiest(settled, ({ at }) => `${Math.floor(at / 1_000)}`));
      await over(test, wire, crowd, name);
    }

    /** The broker is there and answers nothing of use: what was sent may have counted. */
    async function badAnswers(name: TestAccountName, scenario: BrokerScenario): Promise<void> {
      await using test = await openTestEnvironment();
      const { journal } = test.sandbox;
      const wire = new Wire(test);
      const hangs = scenario.name === "hang";
      // Each try there takes its time limit of real time, and Kotak Neo has a try for each look at the clock.
      const [count, span] = hangs && context.scale === "short" ? [3, 1] : [programs, hours];
      const crowd = startPrograms(test, count, wire, context, hangs ? { timeoutMs: 30 } : {});
      test.play(name, scenario, "*");
      await wantSessions(crowd, name, test.clock, span * hourMs);
      const arrived = journal.count({ broker: test.broker(name).broker });
      const factors = most(Object.values(loginSteps[name]).map((step) => journal.count({ step })));
      test.endScenarios(name);
      // After two attempts without a clear answer a person has to look; one word to one program is enough.
      await crowd[0]?.unlock(name);
      // So short a limit is for a broker that hangs: a machine with much to do takes longer for an answer.
      const after = hangs ? startPrograms(test, count, wire, context) : crowd;
      test.clock.advance(15 * 60_000);
      found.kinds.add(1);
      if (scenario.name === "rate-limit") {
        const waitSeconds = Math.max(60, Number(scenario["retryAfterSeconds"] ?? 0));
        found.beyond.add(factors - Math.ceil((span * 3_600) / waitSeconds));
      } else {
        found.factors.add(factors);
        // Not even the look at the clock is answered: then no factor leaves, and each program tries as if there were no connection.
        if (factors === 0) found.silent.add(Math.ceil(arrived / count / span));
        else found.heard.add(arrived);
      }
      await over(test, wire, after, name);
    }

    /** How many logins it takes until every program has a session. */
    async function over(test: TestEnvironment, wire: Wire, crowd: Crowd, name: TestAccountName): Promise<void> {
      found.inFlight.add(wire.mostInFlight);
      const before = test.minted(name);
      for (let rounds = 0; rounds < 3; rounds++) {
        await Promise.all(crowd.map((auth) => waitAfterSession(auth, name)));
        test.clock.advance(60_000);
      }
      const generations = await Promise.all(crowd.map(async (auth) => (await auth.session(name)).generation));
      const logins = new Set(generations).size === 1 ? test.minted(name) - before : Number.NaN;
      found.fewestAfter.add(logins);
      found.mostAfter.add(logins);
    }

    /** Sessions that live are used on: every request is the program's own, and no refusal of this kind leads to a login. */
    async function aliveThroughIt(): Promise<void> {
      await using test = await openTestEnvironment();
      const auth = test.engine({ random: context.random });
      await auth.loginAll();
      const mark = test.sandbox.journal.mark();
      const everyMinutes = context.scale === "full" ? 2 : 30;
      for (let minutes = 0; minutes < 6 * 60; minutes += everyMinutes) {
        test.clock.advance(everyMinutes * 60_000);
        const scenario = outages[minutes % outages.length]!;
        for (const name of ["main", "hedge"] as const) {
          if (scenario.name === "hang") continue;
          test.play(name, { ...scenario, times: 1 }, "*");
          await auth.fetch(name, requests[name].read.path).catch(() => undefined);
        }
      }
      const steps = [loginSteps.main, loginSteps.hedge].flatMap(({ totp, mpin }) => [totp, mpin]);
      found.alive.add(test.sandbox.journal.count({ step: steps, after: mark }));
    }
  },
};

const outages: readonly BrokerScenario[] = [
  { name: "server-error", status: 503 },
  { name: "html-page", status: 502 },
  { name: "html-page", status: 200 },
  { name: "reset" },
  { name: "hang" },
  { name: "rate-limit" },
  { name: "rate-limit", retryAfterSeconds: 600 },
];

type Crowd = readonly TestAuth[];

function startPrograms(test: TestEnvironment, count: number, wire: Wire, context: ProofContext, changes = {}): Crowd {
  const { random } = context;
  return Array.from({ length: count }, (_, program) => test.engine({ random, fetch: wire.of(program), ...changes }));
}

/** What leaves the programs, and how much of it at the same time. */
class Wire {
  cut = false;
  readonly tries: { readonly at: number; readonly program: number }[] = [];
  mostInFlight = 0;
  readonly #now: () => number;
  readonly #refused: unknown;
  #inFlight = 0;

  constructor({ clock }: TestEnvironment, refused?: unknown) {
    [this.#now, this.#refused] = [clock.now, refused];
  }

  of(program: number): typeof fetch {
    return async (input, init) => {
      // Each of them fails at its first call: the look at the clock, where a code is to be made.
      if (this.cut) this.tries.push({ at: this.#now(), program });
      this.#inFlight += 1;
      this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
      try {
        if (!this.cut) return await fetch(input, init);
        await turn();
        throw this.#refused;
      } finally {
        this.#inFlight -= 1;
      }
    };
  }
}

/** What fetch throws where nobody listens. A real one: which errors prove that nothing left is told by their very shape. */
async function refusedConnection(): Promise<unknown> {
  const { url, [Symbol.asyncDispose]: close } = await listenLocally(createServer());
  await close();
  const [outcome] = await Promise.allSettled([fetch(url)]);
  if (outcome.status === "fulfilled") throw new Error("somebody listens on a port that was closed");
  return outcome.reason;
}

function busiest<Item>(items: readonly Item[], place: (item: Item) => string): number {
  return most(Object.values(Object.groupBy(items, place)).map((those) => those?.length ?? 0));
}
