import { setImmediate as turn } from "node:timers/promises";
import {
  type Answer,
  type BrokerAuth,
  type Challenge,
  createBrokerAuth,
  isBrokerAuthError,
  type LoginHandlers,
  type LoginProgress,
  memoryStore,
  type TokenStore,
} from "@x/core";
import { kotakNeo, type KotakNeoProvider } from "@x/kotak-neo";
import { nubra, type NubraProvider } from "@x/nubra";
import type { TestEnvironment } from "@x/test-environment";
import { requests } from "../harness/requests.ts";
import { enginelessSession } from "./engineless-command.ts";
import { factorPaths, jsonOf, lost, type ModelFault, outcomeOf, saysDead } from "./model-answer.ts";
import { type ModelBroker, pins } from "./model-broker.ts";
import { ModelWatch, type Occasion, type ProgramConfig, wrongSecret } from "./model-watch.ts";
import { type MortalHandle, mortalStore, never } from "./mortal-store.ts";

/** At which of its next effects on the system a program dies, and whether that effect still happens. */
export interface Death {
  readonly at: number;
  readonly acted: boolean;
}

export type ModelAuth = BrokerAuth<NubraProvider | KotakNeoProvider, "it">;

export interface Program {
  readonly config: ProgramConfig;
  readonly auth: ModelAuth;
  readonly handle: MortalHandle;
  /** Tokens that the broker has told this program to be dead. */
  readonly knownDead: Set<string>;
  /** The same, since what is under way began: requests that left before they knew are no offence. */
  readonly justTold: Set<string>;
  readonly dead: PromiseWithResolvers<void>;
}

/** A login that waits for a person. */
export interface Asked {
  readonly handle: string;
  readonly kind: Challenge["kind"];
}

/** One account at one broker, and programs that come and go on one store. */
export class ModelSystem {
  readonly clock: TestEnvironment["clock"];
  readonly broker: ModelBroker;
  readonly watch: ModelWatch;
  programs: Program[] = [];
  fault: ModelFault | undefined;
  /** The programs' clock minus the broker's. */
  skewMs = 0;
  requests = 0;
  texts = 0;
  enrolments = 0;
  /** The login that waits for a person's answer, and the one before. */
  asked: Asked | undefined;
  answered: Asked | undefined;
  /** The TOTP secret that the broker goes by, and the one that was saved last. */
  #secret: string;
  #saved: string | undefined;
  #typing = false;
  #occasion: Occasion = "automatic";
  #orders = 0;
  readonly #store: TokenStore = memoryStore();
  readonly #checked = new Set<string>();
  #death: (Death & { readonly program: Program; effects: number }) | undefined;
  #inFlight = 0;
  #acting = 0;

  constructor(broker: ModelBroker) {
    [this.broker, this.clock] = [broker, broker.clock];
    this.#secret = broker.configured().totpSecret ?? "";
    this.watch = new ModelWatch(broker, () => this.clock.now() + this.skewMs);
  }

  start({ pin, totp }: Pick<ProgramConfig, "pin" | "totp">): Program {
    const secret = { right: this.#secret, wrong: wrongSecret, typed: undefined }[totp];
    const config: ProgramConfig = { pin, totp, secret };
    const handle = mortalStore(this.#store, {
      before: () => this.#effect(program, "begins"),
      after: () => this.#effect(program, "is done"),
      locksHold: () => this.#occasion !== "lapse",
      swapped: (_key, previous, next) => this.watch.swapped(program, previous, next, this.#occasion),
      purged: () => this.watch.purged(),
    });
    const auth: ModelAuth = createBrokerAuth({
      brokers: [nubra(), kotakNeo()],
      accounts: { it: this.#account(config) },
      store: handle.store,
      random: () => 0.5,
      fetch: (input, init) => this.#wire(program, new Request(input, init)),
      clock: {
        now: () => this.clock.now() + this.skewMs,
        monotonic: () => this.clock.now(),
        sleep: (ms, signal) => this.clock.sleep(ms, signal),
      },
    });
    const dead = Promise.withResolvers<void>();
    const program: Program = { config, auth, handle, knownDead: new Set(), justTold: new Set(), dead };
    this.programs.push(program);
    return program;
  }

  kill(program: Program): void {
    program.handle.kill();
    this.watch.died(program, program.config);
    this.programs = this.programs.filter((one) => one !== program);
    program.dead.resolve();
  }

  /** Lets a program do something, until it is done or the program is dead. Only the library's own errors may come of it. */
  async act(
    program: Program,
    work: (auth: ModelAuth) => Promise<unknown>,
    { occasion = "automatic", death }: { readonly occasion?: Occasion; readonly death?: Death | undefined } = {},
  ): Promise<void> {
    this.#occasion = occasion;
    this.#acting += 1;
    if (death !== undefined) this.#death = { ...death, program, effects: 0 };
    const outcome = work(program.auth).catch((error: unknown) => {
      if (!isBrokerAuthError(error)) this.watch.break(`an error of another kind: ${String(error)}`);
    });
    await Promise.race([outcome, program.dead.promise]);
    this.#death = undefined;
    this.#typing = false;
    this.#acting -= 1;
    if (this.#acting === 0) this.#occasion = "automatic";
    this.watch.settle(program);
    for (const token of program.justTold) program.knownDead.add(token);
    program.justTold.clear();
    if (this.watch.broken !== undefined) throw new Error(this.watch.broken);
  }

  async read(auth: ModelAuth): Promise<void> {
    const answer = await auth.fetch("it", requests[this.broker.account].read.path);
    await answer.body?.cancel();
  }

  async order(auth: ModelAuth): Promise<void> {
    const id = `order-${++this.#orders}`;
    const { path, init } = requests[this.broker.account].order;
    const body = init.body?.replace("INVENTED", id) ?? "";
    const answer = await auth.fetch("it", path, { ...init, body });
    await answer.body?.cancel();
  }

  /** A command that is started for one answer, beside the programs. */
  async command(): Promise<void> {
    const account = this.#account({ pin: 0, totp: "right", secret: this.#secret });
    const now = (): number => this.clock.now() + this.skewMs;
    const session = await enginelessSession(this.#store, now, this.#checked, account);
    if (session !== undefined) this.watch.handedOut(session);
  }

  /** Begins a login with a person at hand, or joins the one that waits. */
  async begin(auth: ModelAuth): Promise<void> {
    this.#progressed(await auth.beginLogin("it"));
  }

  /** A person's answer to the login that waits. A late one is for a handle that is over. */
  async answer(auth: ModelAuth, word: "right" | "wrong" | "resend" | "late"): Promise<void> {
    const asked = word === "late" ? this.answered : this.asked;
    if (asked === undefined) return;
    this.answered = asked;
    const value = word === "wrong" ? "000000" : this.broker.typed();
    const given: Answer = word === "resend" ? { kind: "resend" } : { kind: asked.kind, value };
    this.#typing = true;
    this.#progressed(await auth.answerLogin("it", asked.handle, given));
  }

  #progressed(progress: LoginProgress): void {
    this.asked = progress.kind === "session" ? undefined : { handle: progress.handle, kind: progress.challenge.kind };
  }

  async enrol(auth: ModelAuth): Promise<void> {
    await auth.enableTotp("it", { save: ({ secret }) => void (this.#saved = secret.reveal()) });
  }

  /** After everything was put right, two programs have one and the same session that opens the broker, after one login at most. */
  async recover(): Promise<void> {
    for (const program of this.programs) this.kill(program);
    [this.fault, this.skewMs] = [undefined, 0];
    this.broker.unlock();
    this.broker.setPin(pins[this.broker.account][0]);
    // Past all that only time heals: early endings, a measured clock, a time step that lies ahead.
    this.clock.advance(2 * 3_600_000);
    const [first, second] = [this.start({ pin: 0, totp: "right" }), this.start({ pin: 0, totp: "right" })];
    const person = this.start({ pin: 0, totp: "typed" });
    // A session that another device has ended is found out by its first use, and by nothing before.
    await this.act(first, (auth) => this.read(auth));
    await this.act(person, (auth) => auth.unlock("it"));
    this.watch.unlocked(person.config);
    const before = this.broker.minted();
    // Automatic logins may have used up their budget: the login of a person who is asked is the way out.
    this.#typing = true;
    await this.act(person, (auth) => auth.login("it", typing(this.broker)), { occasion: "person" });
    const generations: number[] = [];
    for (const program of [first, second, first]) {
      await this.act(program, async (auth) => {
        await this.read(auth);
        generations.push((await auth.session("it")).generation);
      });
    }
    if (generations.length < 3 || new Set(generations).size > 1)
      throw new Error("an account that was put right has no session");
    if (this.broker.minted() - before > 1) throw new Error("an account that was put right took more than one login");
  }

  #account({ pin, secret }: ProgramConfig): never {
    return { ...this.broker.configured(), mpin: pins[this.broker.account][pin], totpSecret: secret } as never;
  }

  /** One effect of a program on the system. True: here it has died. */
  #effect(program: Program, stage: "begins" | "is done"): boolean {
    const death = this.#death;
    if (death === undefined || death.program !== program) return false;
    if (stage === "begins") death.effects += 1;
    if (death.effects !== death.at || (stage === "is done") !== death.acted) return false;
    this.#death = undefined;
    this.kill(program);
    return true;
  }

  async #wire(program: Program, request: Request): Promise<Response> {
    if (!this.programs.includes(program) || this.#effect(program, "begins")) return never();
    this.requests += 1;
    // Programs that are at it together take turns here.
    await turn();
    this.clock.advance(1);
    const { pathname } = new URL(request.url);
    const factors = factorPaths[this.broker.account][pathname] ?? [];
    const carries = factors.length > 0;
    const fault = carries ? this.#takeFault() : undefined;
    if (fault?.kind === "unreachable") return lost(fault);
    const body = await request.clone().text();
    const token = request.headers.get("auth") ?? request.headers.get("authorization") ?? "";
    if (!carries && program.knownDead.has(token)) this.watch.break("a token known to be dead is sent");
    const order = /order-\d+/.exec(body)?.[0];
    if (order !== undefined) this.watch.order(order);
    const enrols = factors.length > 1;
    const { config } = program;
    const sending = {
      config,
      body,
      occasion: enrols ? "enrolment" : this.#occasion,
      typed: this.#typing,
      secret: (enrols ? this.#saved : config.secret) ?? this.#secret,
    } as const;
    const sends = factors.map((factor) => this.watch.sends(program, { ...sending, factor }));
    let answer: Response | undefined;
    if (carries && ++this.#inFlight > 1 && this.#occasion !== "lapse") this.watch.break("two logins under way");
    try {
      if (fault === undefined || fault.acted) answer = await fetch(request);
    } finally {
      if (carries) this.#inFlight -= 1;
    }
    if (enrols && answer?.ok && this.#saved !== undefined) {
      this.#secret = this.#saved;
      this.enrolments += 1;
    }
    if (factors[0] === "sms") this.texts += 1;
    if (this.#effect(program, "is done")) return never();
    if (fault?.kind === "429") for (const send of sends) send.outcome = "told";
    if (fault !== undefined) return lost(fault);
    const given = answer ?? Response.error();
    const json = await jsonOf(given.clone());
    for (const send of sends) send.outcome = outcomeOf(this.broker.account, given.status, json, send.factor);
    if (!carries && saysDead(this.broker.account, pathname, given.status, json)) program.justTold.add(token);
    return given;
  }

  #takeFault(): ModelFault | undefined {
    const { fault } = this;
    if (fault === undefined) return undefined;
    this.fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined;
    return fault;
  }
}

function typing(broker: ModelBroker): LoginHandlers {
  return { otp: () => broker.typed(), totp: () => broker.typed(), mpin: () => pins[broker.account][0] };
}
