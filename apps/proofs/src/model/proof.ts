import fc from "fast-check";
import { type ModelBroker, pins, sandboxBrokers } from "./model-broker.ts";
import {
  type Death,
  type ModelAuth,
  modelClock,
  type ModelFault,
  ModelSystem,
  type Program,
  startAt,
} from "./model-system.ts";
import type { Occasion } from "./model-watch.ts";
import { counted, exactly, type Proof, told } from "../harness/proof.ts";
import { quickNubra } from "./quick-nubra.ts";

export const model: Proof = {
  name: "model",
  promises: ["P1", "P2", "P3", "P4", "P5", "P11"],
  bar: ">= 10,000 random sequences of logins by programs and persons, enrolments, sessions wanted for longer, refusals, crashes, other devices and clock jumps: no login beyond the budget, no refused factor again, no step twice, no text too many, no token known to be dead",
  async run({ scale, seed }) {
    const full = scale === "full";
    const tally = newTally();
    const clock = modelClock();
    const quick = quickNubra(() => clock.now());
    const broken = [await explore({ broker: quick, clock, tally }, full ? 10_000 : 150, seed)];
    // The same commands at the sandbox, which is another's idea of the brokers.
    await using brokers = await sandboxBrokers(() => clock.now());
    broken.push(await explore({ broker: brokers.main, clock, tally }, full ? 400 : 8, seed + 1));
    broken.push(await explore({ broker: brokers.hedge, clock, tally }, full ? 400 : 8, seed + 2));
    const violations = broken.filter((text) => text !== undefined);
    return counted({
      [`violations${violations.length === 0 ? "" : `: ${violations.join(" | ")}`}`]: exactly(violations.length, 0),
      sequences: told(tally.sequences),
      commands: told(tally.commands),
      requests: told(tally.requests),
      logins: told(tally.logins),
      "calls for a text": told(tally.texts),
      enrolments: told(tally.enrolments),
    });
  },
};

const newTally = () => ({ sequences: 0, commands: 0, requests: 0, logins: 0, texts: 0, enrolments: 0 });
type Tally = ReturnType<typeof newTally>;

interface Exploration {
  readonly broker: ModelBroker;
  readonly clock: ReturnType<typeof modelClock>;
  readonly tally: Tally;
}

/** Runs random sequences until one breaks a rule; tells the shortest one that does. */
async function explore(
  { broker, clock, tally }: Exploration,
  sequences: number,
  seed: number,
): Promise<string | undefined> {
  const property = fc.asyncProperty(
    fc.commands(commands(tally), { maxCommands: 30, size: "max" }),
    async (sequence) => {
      clock.set(startAt);
      broker.reset();
      const system = new ModelSystem(broker, clock);
      system.start({ pin: 0, totp: "right" });
      await fc.asyncModelRun(() => ({ model: {}, real: system }), sequence);
      await system.recover();
      tally.sequences += 1;
      tally.requests += system.requests;
      tally.logins += broker.minted();
      tally.texts += system.texts;
      tally.enrolments += system.enrolments;
    },
  );
  const outcome = await fc.check(property, { seed, numRuns: sequences });
  if (!outcome.failed) return undefined;
  const reason = outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance);
  const shortest = outcome.counterexample?.[0] as { toString(): string } | undefined;
  return `${broker.account}: ${reason} after ${shortest?.toString()} (${outcome.numRuns} sequences)`;
}

type Command = fc.AsyncCommand<object, ModelSystem>;

/** Waits for all of them, and then tells what the first one failed with. */
async function atOnce(works: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** What can happen, with the more frequent things more often. */
function commands(tally: Tally): fc.Arbitrary<Command>[] {
  const command = (name: string, run: (system: ModelSystem) => Promise<void> | void): Command => ({
    check: () => true,
    async run(_model, system) {
      tally.commands += 1;
      await run(system);
    },
    toString: () => name,
  });
  const which = fc.nat({ max: 3 });
  const death = fc.option(fc.record<Death>({ at: fc.integer({ min: 1, max: 14 }), acted: fc.boolean() }), {
    nil: undefined,
    freq: 2,
  });

  /** Something that one program does, at the place of some program; with a death, it may die of it. */
  const act = (
    name: string,
    work: (auth: ModelAuth, system: ModelSystem) => Promise<unknown>,
    options: { readonly occasion?: Occasion; readonly dies?: false } = {},
  ): fc.Arbitrary<Command> =>
    fc.tuple(which, options.dies === false ? fc.constant(undefined) : death).map(([place, end]) =>
      command(`${name}(${place}${shown(end)})`, (system) => {
        const { occasion = "automatic" } = options;
        return system.act(pick(system, place), (auth) => work(auth, system), { occasion, death: end });
      }),
    );

  const session = act("session", (auth) => auth.session("it"));
  const read = act("read", (auth, system) => system.read(auth));
  const order = act("order", (auth, system) => system.order(auth), { dies: false });
  const burst = act(
    "burst",
    (auth, system) =>
      atOnce([system.read(auth), system.order(auth), system.read(auth), auth.session("it"), system.order(auth)]),
    { dies: false },
  );
  // All programs at once, as when a machine starts: also some that were not there before.
  const everybody = fc
    .tuple(fc.nat({ max: 2 }), fc.constantFrom("automatic", "automatic", "lapse"))
    .map(([more, occasion]) =>
      command(`everybody and ${more} more${occasion === "lapse" ? " without locks" : ""}`, async (system) => {
        for (let started = 0; started < more && system.programs.length < 4; started++)
          system.start({ pin: 0, totp: "right" });
        const works = system.programs.flatMap((program) => [
          system.act(program, (auth) => auth.session("it"), { occasion }),
          system.act(program, (auth) => system.read(auth), { occasion }),
        ]);
        await atOnce(works);
      }),
    );
  const person = act("person", (auth) => auth.login("it"), { occasion: "person" });
  // For most of a session's life; or for all of it, minute by minute: then every call wants a little more than there is.
  const wanted = fc.tuple(which, fc.constantFrom(1, 3)).map(([place, times]) =>
    command(`wanted(${place}, ${times} times)`, (system) =>
      system.act(
        pick(system, place),
        async (auth) => {
          for (let time = 1; time <= times; time++) {
            const hours = times === 1 ? 4 : 6.999;
            await auth.session("it", { validUntil: system.clock.now() + hours * hourMs });
            system.clock.advance(time < times ? 60_000 : 0);
          }
        },
        { occasion: "wanted" },
      ),
    ),
  );
  const begin = act("beginLogin", (auth, system) => system.begin(auth), { occasion: "person" });
  const answer = fc.oneof(
    ...(["right", "right", "right", "wrong", "resend", "late"] as const).map((word) =>
      act(`answerLogin, ${word} `, (auth, system) => system.answer(auth, word), { occasion: "person" }),
    ),
  );
  const enrol = act("enableTotp", (auth, system) => system.enrol(auth), { occasion: "person" });
  const purge = act("purge", (auth) => auth.purge("it"), { occasion: "purge" });
  const logout = act("logout", (auth) => auth.logout("it"), { occasion: "logout" });
  const unlock = which.map((place) =>
    command(`unlock(${place})`, async (system) => {
      await system.act(pick(system, place), (auth) => auth.unlock("it"));
      system.watch.unlocked();
    }),
  );
  const start = fc
    .record({
      pin: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const, 2 as const),
      totp: fc.constantFrom(...(["right", "right", "right", "right", "wrong", "typed", "typed"] as const)),
    })
    .map((config) =>
      command(`start(MPIN ${config.pin}, ${config.totp} TOTP)`, (system) => {
        const [oldest] = system.programs;
        if (system.programs.length >= 4 && oldest !== undefined) system.kill(oldest);
        system.start(config);
      }),
    );
  const crash = which.map((place) => command(`crash(${place})`, (system) => system.kill(pick(system, place))));
  const elsewhere = fc.constantFrom(
    command("other device", ({ broker }) => broker.otherDevice()),
    command("session ends", ({ broker }) => broker.endSessions()),
    command("renewal ends", ({ broker }) => broker.endRenewals()),
    command("support unlocks", ({ broker }) => broker.unlock()),
  );
  const changed = fc
    .constantFrom(0 as const, 1 as const)
    .map((pin) => command(`MPIN is ${pin}`, ({ broker }) => broker.setPin(pins[broker.account][pin])));
  const later = fc
    .constantFrom(1_000, 29_000, 60_000, 660_000, hourMs, 3 * hourMs, 8 * hourMs, 25 * hourMs)
    .map((ms) => command(`${ms / 1_000} s later`, ({ clock }) => clock.advance(ms)));
  const jump = fc.constantFrom(0, 0, 2_000, -2_000, 40_000, -40_000, 90_000, -90_000, 600_000, -600_000).map((ms) =>
    command(`the programs' clock is off by ${ms / 1_000} s`, (system) => {
      system.skewMs = ms;
      system.watch.clockSet();
    }),
  );
  const fault = fc
    .record<ModelFault>({
      kind: fc.constantFrom("500", "429", "page", "reset", "unreachable"),
      acted: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    })
    .map((one) =>
      command(`fault(${one.kind}${one.acted ? " after the effect" : ""}, ${one.times} times)`, (system) => {
        system.fault = one;
      }),
    );
  const often = [session, session, session, read, read, everybody, everybody, start, start, start, later, later, later];
  const byHand = [begin, begin, answer, answer, answer, enrol, purge];
  const seldom = [...byHand, order, burst, person, wanted, wanted, logout, unlock, unlock, crash];
  const around = [elsewhere, elsewhere, changed, jump];
  return [...often, ...seldom, ...around, fault, fault];
}

function shown(found: Death | undefined): string {
  return found === undefined ? "" : `, dies ${found.acted ? "after" : "before"} effect ${found.at}`;
}

const hourMs = 3_600_000;

function pick(system: ModelSystem, place: number): Program {
  return system.programs[place % system.programs.length] ?? system.start({ pin: 0, totp: "right" });
}
