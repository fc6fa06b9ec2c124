import fc from "fast-check";
import type { ModelFault } from "./model-answer.ts";
import { pins } from "./model-broker.ts";
import type { Death, ModelAuth, ModelSystem, Program } from "./model-system.ts";
import type { Occasion } from "./model-watch.ts";

/** A kind of thing that happens in the model. */
export interface ModelCommand {
  /** How often it happens, beside the others. */
  readonly weight: number;
  /** What one such thing says about itself. */
  readonly fields: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Lets it happen. Rejects where a rule is broken. */
  run(system: ModelSystem, fields: never): Promise<void> | void;
}

function command<Fields>(
  weight: number,
  fields: { readonly [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
  run: (system: ModelSystem, fields: Fields) => Promise<void> | void,
): ModelCommand {
  return { weight, fields, run };
}

// One of the programs, counted round their list; and where it dies of what it does.
const by = fc.nat({ max: 3 });
const death = fc.record<Death>({ at: fc.integer({ min: 1, max: 14 }), acted: fc.boolean() });
const dies = fc.option(death, { nil: undefined, freq: 2 });
const { constantFrom: oneOf } = fc;

/** What one program does, and may die of. */
function act(
  weight: number,
  work: (auth: ModelAuth, system: ModelSystem) => Promise<unknown>,
  occasion: Occasion = "automatic",
): ModelCommand {
  return command(weight, { by, dies }, (system, { by: place, dies: at }) =>
    system.act(pick(system, place), (auth) => work(auth, system), { occasion, death: at }),
  );
}

/** The same where it lives on. */
function safely(weight: number, work: (auth: ModelAuth, system: ModelSystem) => Promise<unknown>): ModelCommand {
  return command(weight, { by }, (system, step) => system.act(pick(system, step.by), (auth) => work(auth, system)));
}

const hourMs = 3_600_000;
const rightConfiguration = { pin: 0, totp: "right" } as const;

export const modelCommands: Readonly<Record<string, ModelCommand>> = {
  session: act(4, (auth) => auth.session("it")),
  loginAll: act(2, (auth) => auth.loginAll()),
  command: safely(4, (_, system) => system.command()),
  read: act(4, (auth, system) => system.read(auth)),
  order: safely(2, (auth, system) => system.order(auth)),
  burst: safely(2, (auth, system) =>
    atOnce([system.read(auth), system.order(auth), system.read(auth), auth.session("it"), system.order(auth)]),
  ),
  person: act(2, (auth) => auth.login("it"), "person"),
  beginLogin: act(4, (auth, system) => system.begin(auth), "person"),
  "answer right": act(3, (auth, system) => system.answer(auth, "right"), "person"),
  "answer wrong": act(1, (auth, system) => system.answer(auth, "wrong"), "person"),
  "answer resend": act(1, (auth, system) => system.answer(auth, "resend"), "person"),
  "answer late": act(1, (auth, system) => system.answer(auth, "late"), "person"),
  enableTotp: act(2, (auth, system) => system.enrol(auth), "person"),
  purge: act(2, (auth) => auth.purge("it"), "purge"),
  logout: act(2, (auth) => auth.logout("it"), "logout"),
  // All programs at once, as when a machine starts: also some that were not there before.
  everybody: command(
    4,
    { more: fc.nat({ max: 2 }), lapse: oneOf(undefined, undefined, true) },
    (system, { more, lapse }) => {
      const occasion = lapse ? "lapse" : "automatic";
      for (let started = 0; started < more && system.programs.length < mostPrograms; started++)
        system.start(rightConfiguration);
      const works = system.programs.flatMap((program) => [
        system.act(program, (auth) => auth.session("it"), { occasion }),
        system.act(program, (auth) => system.read(auth), { occasion }),
      ]);
      return atOnce(works);
    },
  ),
  // For most of a session's life; or for all of it, minute by minute: then every call wants a little more than there is.
  wanted: command(4, { by, times: oneOf(1, 3) }, (system, { by: place, times }) => {
    const { clock } = system;
    const ask = async (auth: ModelAuth): Promise<void> => {
      for (let time = 1; time <= times; time++) {
        const hours = times === 1 ? 4 : 6.999;
        await auth.session("it", { validUntil: clock.now() + hours * hourMs });
        clock.advance(time < times ? 60_000 : 0);
      }
    };
    return system.act(pick(system, place), ask, { occasion: "wanted" });
  }),
  unlock: command(4, { by }, async (system, step) => {
    const program = pick(system, step.by);
    await system.act(program, (auth) => auth.unlock("it"));
    system.watch.unlocked(program.config);
  }),
  crash: command(2, { by }, (system, step) => system.kill(pick(system, step.by))),
  start: command(
    6,
    {
      pin: oneOf(0 as const, 0 as const, 0 as const, 1 as const, 2 as const),
      totp: oneOf(...(["right", "right", "right", "right", "wrong", "typed", "typed"] as const)),
    },
    (system, config) => {
      if (system.programs.length >= mostPrograms) system.kill(system.programs[0]!);
      system.start(config);
    },
  ),
  // Sessions that end again and again while a program reads: by another device that logs in, or by a program that logs out with every call.
  contest: command(
    2,
    { by, times: fc.integer({ min: 2, max: 7 }), with: oneOf("other device", "logout") },
    async (system, { by: place, times, with: rival }) => {
      for (let time = 0; time < times; time++) {
        const program = pick(system, place);
        await system.act(program, (auth) => system.read(auth));
        if (rival === "logout") await system.act(program, (auth) => auth.logout("it"), { occasion: "logout" });
        else system.broker.otherDevice();
        system.clock.advance(1_000);
      }
    },
  ),
  "other device": command(1, {}, ({ broker }) => broker.otherDevice()),
  "session ends": command(1, {}, ({ broker }) => broker.endSessions()),
  "renewal ends": command(1, {}, ({ broker }) => broker.endRenewals()),
  "support unlocks": command(1, {}, ({ broker }) => broker.unlock()),
  "MPIN is": command(2, { pin: oneOf(0 as const, 1 as const) }, ({ broker }, { pin }) =>
    broker.setPin(pins[broker.account][pin]),
  ),
  later: command(
    6,
    { ms: oneOf(1_000, 29_000, 60_000, 660_000, hourMs, 3 * hourMs, 8 * hourMs, 25 * hourMs) },
    ({ clock }, { ms }) => clock.advance(ms),
  ),
  "clock is off": command(
    2,
    { ms: oneOf(0, 0, 2_000, -2_000, 40_000, -40_000, 90_000, -90_000, 600_000, -600_000) },
    (system, { ms }) => {
      system.skewMs = ms;
      system.watch.clockSet();
    },
  ),
  fault: command(
    4,
    {
      fault: fc.record<ModelFault>({
        kind: oneOf("500", "429", "page", "reset", "unreachable"),
        acted: fc.boolean(),
        times: fc.integer({ min: 1, max: 3 }),
      }),
    },
    (system, { fault }) => void (system.fault = fault),
  ),
};

const mostPrograms = 4;

function pick(system: ModelSystem, place: number): Program {
  return system.programs[place % system.programs.length] ?? system.start(rightConfiguration);
}

/** Waits for all of them, and then tells what the first one failed with. */
async function atOnce(works: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
