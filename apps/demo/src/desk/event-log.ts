import type { BrokerAuthEvent } from "@x/core";
import type { CallReport, FailureReport, OrderReport } from "../account-call.ts";
import { eventText, warningNews } from "../event-text.ts";
import { minuteOf } from "../india-time.ts";
import type { StrategyReport } from "../strategy/strategy.ts";
import type { Happening, HappeningKind, LaneView, SessionSpan, StrategyView, Who } from "./desk-view.ts";

const happeningsKept = 300;
const outcomesKept = 40;
// An engine and the call that it fails tell of the same failure at nearly the same time.
const sameFailureMs = 2_000;

type Mutable<Part> = { -readonly [Field in keyof Part]: Part[Field] };
type Counts = Omit<StrategyView, "workers" | "named">;
type Lane = Mutable<Pick<LaneView, "outcomes" | "order">>;

/** What was heard of an account. */
interface AccountNotes {
  /** What its last call met, while that was a failure. */
  trouble?: FailureReport | undefined;
  /** Until when a login waits for the next TOTP code, if one does. */
  waitsUntil?: number | undefined;
  /** How many calls were answered. */
  answers: number;
  /** Of its sessions, in the order in which they were heard of. */
  readonly generations: number[];
}

/** All that was heard from this server's engine and from the processes of the strategy, in the form in which the page shows it. */
export class EventLog {
  happenings: Mutable<Happening>[] = [];
  spans: Mutable<SessionSpan>[] = [];
  readonly counts: Mutable<Counts> & { readonly named: Record<string, number> } = {
    calls: 0,
    answers: 0,
    named: {},
    unexplained: 0,
    orders: 0,
  };
  readonly #accounts = new Map<string, AccountNotes>();
  readonly #lanes = new Map<string, Lane>();
  readonly #heard = new Map<Who, number>();
  readonly #listeners = new Set<() => void>();
  readonly #isNews = warningNews();
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
    const look = (): void => void (condition() && resolve(true));
    // A desk that is closed waits for nothing any more.
    const timer = setTimeout(() => resolve(false), timeoutMs).unref();
    const stop = this.on(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  account(name: string): AccountNotes {
    return entry(this.#accounts, name, () => ({ answers: 0, generations: [] }));
  }

  /** What a process has called under a name, as long as that stands for this account. */
  lane(who: Who, name: string, account: string): Lane {
    return entry(this.#lanes, `${who} ${name} ${account}`, () => ({ outcomes: [] }));
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
    const { generations } = this.account(account);
    if (!generations.includes(generation)) generations.push(generation);
    return generations.indexOf(generation) + 1;
  }

  tell(at: number, kind: HappeningKind, text: string, account?: string): void {
    const last = this.happenings.findLast((one) => one.account === account && one.kind !== "scenario");
    // What is the same again and again is one thing that lasts.
    if (kind === "failed" && last?.kind === kind && last.text === text) last.times += 1;
    else {
      const happening = { at, kind, text, account, id: (this.#lastId += 1), times: 1 };
      this.happenings = [...this.happenings, happening].slice(-happeningsKept);
    }
    this.changed();
  }

  /** @param account that the report's name stands for */
  heardReport(who: Who, { kind, at, call }: StrategyReport, account: string): void {
    if (kind === "order") this.#heardOrder(who, at, call, account);
    else this.#heardCall(who, at, call, account);
    this.changed();
  }

  heardEvent(who: Who, event: BrokerAuthEvent): void {
    const { at, account, type } = event;
    const notes = this.account(account);
    // A login that only begins, or waits, has not changed anything yet.
    if (type === "login_started") return undefined;
    if (type === "waiting") {
      if (event.for === "totp_step") notes.waitsUntil = event.until;
      return this.changed();
    }
    if (type === "warning") return this.#isNews(event) ? this.tell(at, type, eventText(event), account) : undefined;
    // What a call met before is no longer how the account stands.
    if (type !== "failed") notes.trouble = undefined;
    notes.waitsUntil = undefined;
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
    this.counts.orders += 1;
    this.lane(who, name, account).order = { at, fate };
    const code = error === undefined ? "" : ` (${error.code})`;
    if (fate === "unknown")
      this.tell(at, "failed", `nobody knows what became of an order of ${who}; no further one is sent${code}`, account);
    if (fate === "not_executed")
      this.tell(at, "failed", `an order of ${who} was not executed, and not repeated${code}`, account);
  }

  #heardCall(who: Who, at: number, { account: name, status, error }: CallReport, account: string): void {
    this.counts.calls += 1;
    this.#heard.set(who, this.heardFrom(who) + 1);
    const lane = this.lane(who, name, account);
    lane.outcomes = [...lane.outcomes, { at, status, code: error?.code, message: error?.message }].slice(-outcomesKept);
    const notes = this.account(account);
    const before = notes.trouble;
    notes.trouble = error;
    if (error === undefined) {
      this.counts.answers += 1;
      notes.answers += 1;
      if (before !== undefined) this.tell(at, "recovered", "calls are answered again", account);
      return;
    }
    if (error.code === "unexpected") this.counts.unexplained += 1;
    else this.counts.named[error.code] = (this.counts.named[error.code] ?? 0) + 1;
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
    const others = span.sharedWith.filter((one) => one !== who);
    if (by !== "store") {
      // The process that minted it is heard after one that adopted it: they have no common queue.
      Object.assign(span, { by, who, sharedWith: [who, ...others] });
      const how = by === "login" ? "logged in" : "renewed";
      return this.tell(at, "session", `session ${number}: ${who} ${how}, good until ${minuteOf(expiresAt)}`, account);
    }
    if (!span.sharedWith.includes(who)) span.sharedWith = [...others, who];
    const takers = span.by === "store" ? span.sharedWith : span.sharedWith.slice(1);
    const text = `session ${number} taken over from the store by ${takers.join(", ")}`;
    const found = this.happenings.findLast((one) => one.account === account && one.kind === "adopted");
    if (found === undefined || !text.startsWith(found.text)) this.tell(at, "adopted", text, account);
    else found.text = text;
    return this.changed();
  }

  // A session begins where the one before it ended, although the broker's clock and a desk's that is fast write down different times.
  #endBefore({ account, generation }: SessionSpan): number {
    const before = this.spans.filter((span) => span.account === account && span.generation < generation);
    return Math.max(0, ...before.map(({ endedAt, expiresAt }) => endedAt ?? expiresAt));
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
