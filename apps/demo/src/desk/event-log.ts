import { type BrokerAuthEvent, formatIndiaTime } from "@x/core";
import type { CallReport, FailureReport, OrderReport } from "../account-call.ts";
import { eventText } from "../event-text.ts";
import type { StrategyReport } from "../strategy/strategy.ts";
import type { Happening, LaneView, OutcomeView, SessionSpan, Who } from "./desk-view.ts";

const happeningsKept = 300;
const outcomesKept = 40;
// An engine and the call that it fails tell of the same failure at nearly the same time.
const sameFailureMs = 2_000;

type Mutable<Part> = { -readonly [Field in keyof Part]: Part[Field] };

/** All that was heard from this server's engine and from the processes of the strategy, in the form in which the page shows it. */
export class EventLog {
  happenings: Mutable<Happening>[] = [];
  spans: Mutable<SessionSpan>[] = [];
  calls = 0;
  answers = 0;
  unexplained = 0;
  orders = 0;
  readonly named: Record<string, number> = {};
  readonly #lanes = new Map<string, Pick<LaneView, "outcomes" | "order">>();
  readonly #troubles = new Map<string, FailureReport>();
  readonly #waits = new Map<string, number | undefined>();
  readonly #answers = new Map<string, number>();
  readonly #heard = new Map<Who, number>();
  readonly #generations = new Map<string, readonly number[]>();
  readonly #listeners = new Set<() => void>();
  #lastId = 0;

  /** Calls back after each change, until the returned function is called. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everybody who listens. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves as soon as the condition holds: it is looked at after each change. False when the time is over before. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (condition()) resolve(true);
    };
    // A desk that is closed waits for nothing any more.
    const timer = setTimeout(() => resolve(false), timeoutMs).unref();
    const stop = this.on(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  lane(who: Who, name: string): Pick<LaneView, "outcomes" | "order"> {
    return this.#lanes.get(`${who} ${name}`) ?? { outcomes: [] };
  }

  /** What the account's last call met, while it was a failure. */
  trouble(account: string): FailureReport | undefined {
    return this.#troubles.get(account);
  }

  /** Until when a login of the account waits for the next TOTP code, if one does. */
  waitsUntil(account: string): number | undefined {
    return this.#waits.get(account);
  }

  /** How many calls to the account were answered. */
  answersOf(account: string): number {
    return this.#answers.get(account) ?? 0;
  }

  /** How many calls a process has told of. */
  heardFrom(who: Who): number {
    return this.#heard.get(who) ?? 0;
  }

  /** A session of an account, by default the newest. */
  span(account: string, generation?: number): Mutable<SessionSpan> | undefined {
    return this.spans.findLast(
      (span) => span.account === account && (generation === undefined || span.generation === generation),
    );
  }

  /** A session's number for people: the first one of the account that was heard of is 1. */
  sessionNumber(account: string, generation: number): number {
    const known = this.#generations.get(account) ?? [];
    const all = known.includes(generation) ? known : [...known, generation];
    this.#generations.set(account, all);
    return all.indexOf(generation) + 1;
  }

  tell(at: number, kind: Happening["kind"], text: string, account?: string): void {
    const last = this.happenings.findLast((one) => one.account === account && one.kind !== "scenario");
    // What is the same again and again is one thing that lasts.
    if (kind === "failed" && last?.kind === kind && last.text === text) last.times += 1;
    else {
      this.#lastId += 1;
      this.happenings = [...this.happenings, { at, kind, text, account, id: this.#lastId, times: 1 }].slice(
        -happeningsKept,
      );
    }
    this.changed();
  }

  heardReport(who: Who, report: StrategyReport, account: string): void {
    if (report.kind === "order") this.#heardOrder(who, report.at, report.order, account);
    else this.#heardCall(who, report.at, report.call, account);
    this.changed();
  }

  heardEvent(who: Who, event: BrokerAuthEvent): void {
    const { at, account, type } = event;
    // A login that only begins, or waits, has not changed anything yet.
    if (type === "login_started") return;
    if (type === "waiting") {
      if (event.for === "totp_step") this.#waits.set(account, event.until);
      return this.changed();
    }
    // What a call met before is no longer how the account stands; a warning says nothing about that.
    if (type !== "failed" && type !== "warning") this.#troubles.delete(account);
    if (type !== "warning") this.#waits.delete(account);
    if (type === "session") return this.#heardSession(who, event);
    if (type !== "session_ended") return this.tell(at, type, eventText(event), account);
    const ended = this.span(account, event.generation);
    if (ended !== undefined) ended.endedAt ??= Math.min(at, ended.expiresAt);
    const session = `session ${this.sessionNumber(account, event.generation)}`;
    return this.tell(at, type, eventText(event, session), account);
  }

  /** The session is older than what was heard of it: it was found in the store. */
  setIssued(account: string, generation: number, issuedAt: number): void {
    const span = this.span(account, generation);
    if (span !== undefined) span.from = Math.min(span.from, Math.max(issuedAt, this.#endBefore(span)));
  }

  #heardOrder(who: Who, at: number, { account: name, fate, error }: OrderReport, account: string): void {
    this.orders += 1;
    this.#lanes.set(`${who} ${name}`, { ...this.lane(who, name), order: { at, fate } });
    const code = error === undefined ? "" : ` (${error.code})`;
    if (fate === "unknown")
      this.tell(at, "failed", `nobody knows what became of an order of ${who}; no further one is sent${code}`, account);
    if (fate === "not_executed")
      this.tell(at, "failed", `an order of ${who} was not executed, and not repeated${code}`, account);
  }

  #heardCall(who: Who, at: number, { account: name, status, error }: CallReport, account: string): void {
    this.calls += 1;
    this.#heard.set(who, this.heardFrom(who) + 1);
    const lane = this.lane(who, name);
    const outcome: OutcomeView = { at, status, code: error?.code, message: error?.message };
    this.#lanes.set(`${who} ${name}`, { ...lane, outcomes: [...lane.outcomes, outcome].slice(-outcomesKept) });
    const before = this.trouble(account);
    if (error === undefined) {
      this.answers += 1;
      this.#answers.set(account, this.answersOf(account) + 1);
      this.#troubles.delete(account);
      if (before !== undefined) this.tell(at, "recovered", "calls are answered again", account);
      return;
    }
    if (error.code === "unexpected") this.unexplained += 1;
    else this.named[error.code] = (this.named[error.code] ?? 0) + 1;
    this.#troubles.set(account, error);
    // What a login met was told by the engine that tried it.
    const told = this.happenings.findLast((one) => one.account === account && one.kind === "failed");
    const isTold = told !== undefined && told.text.startsWith(`${error.code}:`) && at - told.at < sameFailureMs;
    if (before?.code !== error.code && !isTold) this.tell(at, "failed", `calls end as ${error.code}`, account);
  }

  #heardSession(who: Who, event: Extract<BrokerAuthEvent, { type: "session" }>): void {
    const { at, account, generation, expiresAt, obtainedBy: by } = event;
    const number = this.sessionNumber(account, generation);
    let span = this.span(account, generation);
    if (span === undefined) {
      for (const older of this.spans) if (older.account === account) older.endedAt ??= Math.min(at, older.expiresAt);
      span = { account, generation, number, from: at, expiresAt, by, who, sharedWith: [who] };
      this.spans = [...this.spans, span].slice(-happeningsKept);
    }
    span.from = Math.max(Math.min(at, span.from), this.#endBefore(span));
    if (by !== "store") {
      // The process that minted it is heard after one that adopted it: they have no common queue.
      Object.assign(span, { by, who, sharedWith: [who, ...span.sharedWith.filter((one) => one !== who)] });
      const how = by === "login" ? "logged in" : "renewed";
      const until = formatIndiaTime(expiresAt).slice(11, 16);
      return this.tell(at, "session", `session ${number}: ${who} ${how}, good until ${until}`, account);
    }
    if (!span.sharedWith.includes(who)) span.sharedWith = [...span.sharedWith, who];
    const takers = span.by === "store" ? span.sharedWith : span.sharedWith.slice(1);
    const text = `session ${number} taken over from the store by ${takers.join(", ")}`;
    const found = this.happenings.findLast((one) => one.account === account && one.kind === "adopted");
    if (found === undefined || !text.startsWith(found.text)) this.tell(at, "adopted", text, account);
    else found.text = text;
    this.changed();
  }

  // A session begins where the one before it ended, although the broker's clock and a desk's that is fast write down different times.
  #endBefore({ account, generation }: SessionSpan): number {
    const before = this.spans.filter((span) => span.account === account && span.generation < generation);
    return Math.max(0, ...before.map(({ endedAt, expiresAt }) => endedAt ?? expiresAt));
  }
}
