import { pins } from "./model-broker.ts";
import type { Death, ModelAuth, ModelFault, ModelSystem, Program } from "./model-system.ts";
import type { Occasion } from "./model-watch.ts";

type Answering = "right" | "wrong" | "resend" | "late";
type Call =
  | "session"
  | "loginAll"
  | "command"
  | "read"
  | "order"
  | "burst"
  | "person"
  | "beginLogin"
  | "enableTotp"
  | "purge"
  | "logout";

/** What a program can do at any time. */
export type ModelActName = Call | `answer ${Answering}`;

/** What one program does: which one, counted round its list, and where it dies of it. */
export interface ModelAct {
  readonly do: ModelActName;
  readonly by: number;
  readonly dies?: Death | undefined;
}

/** One thing that happens in the model. Plain data: a sequence that broke a rule is printed as it is, and runs again by itself. */
export type ModelStep =
  | ModelAct
  | { readonly do: "everybody"; readonly more: number; readonly lapse?: true | undefined }
  | { readonly do: "wanted"; readonly by: number; readonly times: number }
  | { readonly do: "unlock" | "crash"; readonly by: number }
  | { readonly do: "start"; readonly pin: 0 | 1 | 2; readonly totp: "right" | "wrong" | "typed" }
  | { readonly do: "other device" | "session ends" | "renewal ends" | "support unlocks" }
  | { readonly do: "contest"; readonly by: number; readonly times: number; readonly with: "other device" | "logout" }
  | { readonly do: "MPIN is"; readonly pin: 0 | 1 }
  | { readonly do: "later"; readonly ms: number }
  | { readonly do: "clock is off"; readonly ms: number }
  | { readonly do: "fault"; readonly fault: ModelFault };

type Step<Do> = Extract<ModelStep, { readonly do: Do }>;

export interface Act {
  readonly work: (auth: ModelAuth, system: ModelSystem) => Promise<unknown>;
  readonly occasion?: Occasion;
  /** A program does not die of it. */
  readonly lives?: true;
}

const answering = (word: Answering): Act => ({
  work: (auth, system) => system.answer(auth, word),
  occasion: "person",
});

/** How each of them is done. */
export const acts: Readonly<Record<ModelActName, Act>> = {
  session: { work: (auth) => auth.session("it") },
  loginAll: { work: (auth) => auth.loginAll() },
  command: { work: (_, system) => system.command(), lives: true },
  read: { work: (auth, system) => system.read(auth) },
  order: { work: (auth, system) => system.order(auth), lives: true },
  burst: {
    work: (auth, system) =>
      atOnce([system.read(auth), system.order(auth), system.read(auth), auth.session("it"), system.order(auth)]),
    lives: true,
  },
  person: { work: (auth) => auth.login("it"), occasion: "person" },
  beginLogin: { work: (auth, system) => system.begin(auth), occasion: "person" },
  "answer right": answering("right"),
  "answer wrong": answering("wrong"),
  "answer resend": answering("resend"),
  "answer late": answering("late"),
  enableTotp: { work: (auth, system) => system.enrol(auth), occasion: "person" },
  purge: { work: (auth) => auth.purge("it"), occasion: "purge" },
  logout: { work: (auth) => auth.logout("it"), occasion: "logout" },
};

/** Lets a step happen. Rejects where a rule is broken. */
export async function carryOut(step: ModelStep, system: ModelSystem): Promise<void> {
  const { broker, clock } = system;
  if (isAct(step)) {
    const { work, occasion = "automatic" } = acts[step.do];
    return system.act(pick(system, step.by), (auth) => work(auth, system), { occasion, death: step.dies });
  }
  switch (step.do) {
    case "everybody":
      return everybody(system, step);
    case "wanted":
      return wanted(system, step);
    case "unlock":
      await system.act(pick(system, step.by), (auth) => auth.unlock("it"));
      return system.watch.unlocked();
    case "crash":
      return system.kill(pick(system, step.by));
    case "start":
      return start(system, step);
    case "other device":
      return broker.otherDevice();
    case "session ends":
      return broker.endSessions();
    case "renewal ends":
      return broker.endRenewals();
    case "support unlocks":
      return broker.unlock();
    case "contest":
      return contest(system, step);
    case "MPIN is":
      return broker.setPin(pins[broker.account][step.pin]);
    case "later":
      return clock.advance(step.ms);
    case "clock is off":
      system.skewMs = step.ms;
      return system.watch.clockSet();
    case "fault":
      system.fault = step.fault;
      return undefined;
  }
}

function isAct(step: ModelStep): step is ModelAct {
  return step.do in acts;
}

const hourMs = 3_600_000;

// All programs at once, as when a machine starts: also some that were not there before.
async function everybody(system: ModelSystem, { more, lapse }: Step<"everybody">): Promise<void> {
  const occasion = lapse ? "lapse" : "automatic";
  for (let started = 0; started < more && system.programs.length < mostPrograms; started++)
    system.start({ pin: 0, totp: "right" });
  const works = system.programs.flatMap((program) => [
    system.act(program, (auth) => auth.session("it"), { occasion }),
    system.act(program, (auth) => system.read(auth), { occasion }),
  ]);
  await atOnce(works);
}

// For most of a session's life; or for all of it, minute by minute: then every call wants a little more than there is.
async function wanted(system: ModelSystem, { by, times }: Step<"wanted">): Promise<void> {
  const { clock } = system;
  const ask = async (auth: ModelAuth): Promise<void> => {
    for (let time = 1; time <= times; time++) {
      const hours = times === 1 ? 4 : 6.999;
      await auth.session("it", { validUntil: clock.now() + hours * hourMs });
      clock.advance(time < times ? 60_000 : 0);
    }
  };
  await system.act(pick(system, by), ask, { occasion: "wanted" });
}

// Sessions that end again and again while a program reads: by another device that logs in, or by a program that logs out with every call.
async function contest(system: ModelSystem, { by, times, with: rival }: Step<"contest">): Promise<void> {
  for (let time = 0; time < times; time++) {
    const program = pick(system, by);
    await system.act(program, (auth) => system.read(auth));
    if (rival === "logout") await system.act(program, (auth) => auth.logout("it"), { occasion: "logout" });
    else system.broker.otherDevice();
    system.clock.advance(1_000);
  }
}

const mostPrograms = 4;

function start(system: ModelSystem, { pin, totp }: Step<"start">): void {
  if (system.programs.length >= mostPrograms) system.kill(system.programs[0]!);
  system.start({ pin, totp });
}

function pick(system: ModelSystem, place: number): Program {
  return system.programs[place % system.programs.length] ?? system.start({ pin: 0, totp: "right" });
}

/** Waits for all of them, and then tells what the first one failed with. */
async function atOnce(works: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
