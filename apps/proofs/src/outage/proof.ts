import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import {
  type BrokerScenario,
  loginSteps,
  openTestEnvironment,
  type TestAccountName,
  type TestAuth,
  type TestEnvironment,
} from "@x/test-environment";
import { mostOf, sumOf } from "../harness/numbers.ts";
import { waitAfterSession, wantSessions } from "../harness/patient-programs.ts";
import { requests } from "../harness/requests.ts";
import { atLeast, atMost, counted, exactly, type Proof, type ProofContext, told } from "../harness/proof.ts";

const hourMs = 3_600_000;
const factorSteps = { main: Object.values(loginSteps.main), hedge: Object.values(loginSteps.hedge) };

// The longest wait between two tries is a minute, shortened by up to half; it is reached after 1, 2, 4 … 32 s.
const triesPerHour = 120;
const firstTries = 7;

export const proof: Proof = {
  promises: ["P5", "P12"],
  bar: "24 hours without a broker, 100 programs on one store: tries bounded and spread, 1 in flight, 2 factors where no clear answer comes and 1 in each told wait; one login when it is back",
  async run(context) {
    const programs = context.scale === "full" ? 100 : 6;
    const hours = context.scale === "full" ? 24 : 2;
    const unreachable = [
      await cutOff("main", { programs, hours, before: "a session" }, context),
      await cutOff("main", { programs, hours, before: "nothing" }, context),
      await cutOff("hedge", { programs, hours, before: "nothing" }, context),
    ];
    const [unclear, throttled] = [[], []] as [Answering[], Answering[]];
    for (const name of ["main", "hedge"] as const)
      for (const scenario of outages) {
        const list = scenario.name === "rate-limit" ? throttled : unclear;
        // Each try there takes its time limit of real time, and Kotak Neo has a try for each look at the clock.
        const patient = scenario.name === "hang" && context.scale === "short";
        list.push(await badAnswers(name, scenario, patient ? { programs: 3, hours: 1 } : { programs, hours }, context));
      }
    const all = [...unreachable, ...unclear, ...throttled];
    // Not even the look at the clock is answered: then no factor leaves, and each program tries as if there were no connection.
    const [silent, heard] = [
      unclear.filter(({ factors }) => factors === 0),
      unclear.filter(({ factors }) => factors > 0),
    ];
    const triesAtMost = triesPerHour + firstTries;
    return counted({
      "tries of one program in one hour without a connection (at most)": atMost(
        mostOf(unreachable, "perProgramHour"),
        triesAtMost,
      ),
      "of all in one second (at most)": atMost(unreachable[0]?.perSecond ?? Number.NaN, Math.max(6, programs / 5)),
      "of all in the whole time": told(sumOf(unreachable, "tries")),
      "in flight for one account (at most)": exactly(mostOf(all, "inFlight"), 1),
      "kinds of outages that answer": told(unclear.length + throttled.length),
      "of one program in one hour where nothing is answered (at most)": atMost(
        mostOf(silent, "perProgramHour"),
        triesAtMost,
      ),
      // Two tries of two calls each, and a look at the clock before each.
      "requests for one account in the whole time otherwise (at most)": atMost(mostOf(heard, "arrived"), 6),
      "factors spent (at most)": atMost(mostOf(unclear, "factors"), 2),
      "factors beyond one in each wait that was told (at most)": atMost(mostOf(throttled, "beyond"), 1),
      "logins while a session lived": exactly(await aliveThroughIt(context), 0),
      "logins when it is over (at least)": atLeast(Math.min(...all.map(({ loginsAfter }) => loginsAfter)), 1),
      "(at most)": exactly(mostOf(all, "loginsAfter"), 1),
    });
  },
};

interface Span {
  readonly programs: number;
  readonly hours: number;
}

/** Nothing gets out: no address, no connection. Nothing arrives at the broker then, so it is counted where it would leave the machine. */
async function cutOff(
  name: TestAccountName,
  span: Span & { readonly before: "nothing" | "a session" },
  context: ProofContext,
): Promise<{ tries: number; perProgramHour: number; perSecond: number; inFlight: number; loginsAfter: number }> {
  await using test = await openTestEnvironment();
  const { clock } = test;
  const wire = new Wire(test, await refusedConnection());
  const programs = startPrograms(test, span.programs, wire, context);
  if (span.before === "a session") {
    // It ends, and what is left to renew it with needs no TOTP code: so no time step holds the programs back.
    await programs[0]?.session(name);
    clock.advance(7 * hourMs);
  }
  wire.cut = true;
  await wantSessions(programs, name, clock, span.hours * hourMs);
  // At the beginning all of them notice at once.
  const settledAt = (wire.tries[0]?.at ?? 0) + 600_000;
  const later = wire.tries.filter(({ at }) => at >= settledAt);
  wire.cut = false;
  clock.advance(120_000);
  return {
    tries: wire.tries.length,
    perProgramHour: busiest(wire.tries, ({ at, program }) => `${program} ${Math.floor(at / hourMs)}`),
    perSecond: busiest(later, ({ at }) => `${Math.floor(at / 1_000)}`),
    inFlight: wire.mostInFlight,
    loginsAfter: await loginsNow(test, programs, name),
  };
}

interface Answering {
  readonly arrived: number;
  /** What one program asks for in an hour. */
  readonly perProgramHour: number;
  readonly factors: number;
  /** Factors that are more than one in each wait that the broker asked for. */
  readonly beyond: number;
  readonly inFlight: number;
  readonly loginsAfter: number;
}

/** The broker is there and answers nothing of use: what was sent may have counted. */
async function badAnswers(
  name: TestAccountName,
  scenario: BrokerScenario,
  span: Span,
  context: ProofContext,
): Promise<Answering> {
  await using test = await openTestEnvironment();
  const { journal } = test.sandbox;
  const wire = new Wire(test);
  const programs = startPrograms(test, span.programs, wire, context, scenario.name === "hang" ? 30 : undefined);
  const broker = test.broker(name);
  test.play(name, scenario, "*");
  await wantSessions(programs, name, test.clock, span.hours * hourMs);
  const arrived = journal.count({ broker: broker.broker });
  const factors = Math.max(...factorSteps[name].map((step) => journal.count({ step })));
  broker.clearScenarios();
  // After two attempts without a clear answer a person has to look; one word to one program is enough.
  await programs[0]?.unlock(name);
  test.clock.advance(15 * 60_000);
  const waitSeconds = Math.max(60, Number(scenario["retryAfterSeconds"] ?? 0));
  return {
    arrived,
    perProgramHour: Math.ceil(arrived / span.programs / span.hours),
    factors,
    beyond: factors - Math.ceil((span.hours * 3_600) / waitSeconds),
    inFlight: wire.mostInFlight,
    loginsAfter: await loginsNow(test, programs, name),
  };
}

const outages: readonly BrokerScenario[] = [
  { name: "server-error", status: 503 },
  { name: "html-page", status: 502 },
  { name: "html-page", status: 200 },
  { name: "reset" },
  { name: "hang" },
  { name: "rate-limit" },
  { name: "rate-limit", retryAfterSeconds: 600 },
];

/** Sessions that live are used on: every request is the program's own, and no refusal of this kind leads to a login. */
async function aliveThroughIt({ scale, random }: ProofContext): Promise<number> {
  await using test = await openTestEnvironment();
  const auth = test.engine({ random });
  await auth.loginAll();
  const mark = test.sandbox.journal.mark();
  for (let minutes = 0; minutes < 6 * 60; minutes += scale === "full" ? 2 : 30) {
    test.clock.advance((scale === "full" ? 2 : 30) * 60_000);
    const scenario = { ...(outages[minutes % outages.length] as BrokerScenario), times: 1 };
    for (const name of ["main", "hedge"] as const) {
      if (scenario.name === "hang") continue;
      test.play(name, scenario, "*");
      await auth.fetch(name, requests[name].read.path).catch(() => undefined);
    }
  }
  return test.sandbox.journal.count({ step: [...factorSteps.main, ...factorSteps.hedge], after: mark });
}

/** How many logins it takes until every program has a session. */
async function loginsNow(test: TestEnvironment, programs: readonly TestAuth[], name: TestAccountName): Promise<number> {
  const before = test.minted(name);
  for (let rounds = 0; rounds < 3; rounds++) {
    await Promise.all(programs.map((auth) => waitAfterSession(auth, name)));
    test.clock.advance(60_000);
  }
  const generations = await Promise.all(programs.map(async (auth) => (await auth.session(name)).generation));
  return new Set(generations).size === 1 ? test.minted(name) - before : Number.NaN;
}

function startPrograms(
  test: TestEnvironment,
  count: number,
  wire: Wire,
  { random }: ProofContext,
  timeoutMs?: number,
): readonly TestAuth[] {
  const changes = timeoutMs === undefined ? {} : { timeoutMs };
  return Array.from({ length: count }, (_, program) => test.engine({ random, fetch: wire.of(program), ...changes }));
}

/** What leaves the programs, and how much of it at the same time. */
class Wire {
  cut = false;
  readonly tries: { readonly at: number; readonly program: number }[] = [];
  mostInFlight = 0;
  readonly #test: TestEnvironment;
  readonly #refused: unknown;
  #inFlight = 0;

  constructor(test: TestEnvironment, refused?: unknown) {
    this.#test = test;
    this.#refused = refused;
  }

  of(program: number): typeof fetch {
    return async (input, init) => {
      // Each of them fails at its first call: the look at the clock, where a code is to be made.
      if (this.cut) this.tries.push({ at: this.#test.clock.now(), program });
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
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => Promise.reject(new Error("somebody listens on a port that was closed")),
    (error: unknown) => error,
  );
}

function busiest<Item>(items: readonly Item[], place: (item: Item) => string): number {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(place(item), (counts.get(place(item)) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
