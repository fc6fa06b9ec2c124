import { type BrokerAuthEvent, formatIndiaTime } from "@x/core";
import type { CallReport } from "../account-call.ts";
import type { OrderReport } from "../strategy/order.ts";
import type { StrategyReport } from "../strategy/strategy.ts";
import type { CodeWait } from "../strategy/code-watch.ts";
import type { WatchedRequest } from "../strategy/request-watch.ts";
import type { Happening, OutcomeView, RequestView, SessionSpan, TroubleView, Who } from "./desk-view.ts";

const happeningsKept = 300;
const requestsKept = 150;
const outcomesKept = 40;
// An engine and the call that it fails tell of the same failure at nearly the same time.
const sameFailureMs = 2_000;

/** What one process has called under one name. */
export interface Lane {
  outcomes: readonly OutcomeView[];
  order?: { readonly at: number; readonly fate: string };
}

/** All that was heard from this server's engine and from the processes of the strategy, in the form in which the page shows it. */
export class EventLog {
  happenings: readonly Happening[] = [];
  spans: readonly SessionSpan[] = [];
  /** Newest first. */
  requests: readonly RequestView[] = [];
  calls = 0;
  answers = 0;
  unexplained = 0;
  orders = 0;
  readonly named: Record<string, number> = {};
  readonly #lanes = new Map<string, Lane>();
  readonly #troubles = new Map<string, TroubleView>();
  readonly #waits = new Map<string, number>();
  readonly #runs = new Map<Who, number>();
  readonly #answers = new Map<string, number>();
  readonly #heard = new Map<Who, number>();
  readonly #generations = new Map<string, readonly number[]>();
  readonly #listeners = new Set<() => void>();
  readonly #brokerOf: (host: string) => string;
  #lastId = 0;

  /** @param brokerOf the broker that a host belongs to */
  constructor(brokerOf: (host: string) => string) {
    this.#brokerOf = brokerOf;
  }

  /** Calls back after each change, until the returned function is called. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves as soon as the condition holds: it is looked at after each change. False when the time is over before. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearTimeout(timer);
        stop();
        resolve(held);
      };
      const look = (): void => {
        if (condition()) settle(true);
      };
      // A desk that is closed waits for nothing any more.
      const timer = setTimeout(() => settle(false), timeoutMs).unref();
      const stop = this.on(look);
      look();
    });
  }

  lane(who: Who, name: string): Lane {
    return this.#lanes.get(`${who} ${name}`) ?? { outcomes: [] };
  }

  /** What the account's last call met, while it was a failure. */
  trouble(account: string): TroubleView | undefined {
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

  /** The newest session of an account. */
  span(account: string): SessionSpan | undefined {
    return this.spans.findLast((span) => span.account === account);
  }

  tell(at: number, kind: Happening["kind"], text: string, account?: string): void {
    const last = this.happenings.findLast((one) => one.account === account && one.kind !== "scenario");
    // What is the same again and again is one thing that lasts.
    if (last !== undefined && last.kind === kind && last.text === text && kind === "failed")
      this.#replace(last, { ...last, times: last.times + 1 });
    else this.#add({ at, kind, text, ...(account === undefined ? {} : { account }) });
    this.changed();
  }

  heardRequest(who: Who, request: WatchedRequest): void {
    const run = this.#runs.get(who) ?? 0;
    const view: RequestView = { ...request, who, run, broker: this.#brokerOf(request.host) };
    const same = (one: RequestView): boolean => one.who === who && one.run === run && one.number === request.number;
    this.requests = this.requests.some(same)
      ? this.requests.map((one) => (same(one) ? view : one))
      : [view, ...this.requests].slice(0, requestsKept);
    this.changed();
  }

  /** A process began, and counts its requests from one. */
  began(who: Who): void {
    this.#runs.set(who, (this.#runs.get(who) ?? 0) + 1);
  }

  heardReport(who: Who, report: StrategyReport, account: string): void {
    if (report.kind === "order") this.#heardOrder(who, report.at, report.order, account);
    else this.#heardCall(who, report.at, report.call, account);
    this.changed();
  }

  /** A login waits for the next TOTP code. */
  heardWait({ account, until }: CodeWait): void {
    this.#waits.set(account, until);
    this.changed();
  }

  heardEvent(who: Who, event: BrokerAuthEvent): void {
    const { at, account } = event;
    // A login that only begins, or waits, has not changed anything yet.
    if (event.type === "login_started" || event.type === "waiting") return;
    // What a call met before is no longer how the account stands; a warning says nothing about that.
    if (event.type !== "failed" && event.type !== "warning") this.#troubles.delete(account);
    if (event.type !== "warning") this.#waits.delete(account);
    switch (event.type) {
      case "session":
        return this.#heardSession(who, event);
      case "session_ended":
        this.#end(account, event.generation, at);
        return this.tell(
          at,
          "ended",
          `session ${this.sessionNumber(account, event.generation)} ended: ${event.reason === "refused" ? "the broker refused it" : "logged out"}`,
          account,
        );
      case "challenge":
        return this.tell(
          at,
          "challenge",
          `the login waits for the ${event.challenge === "otp" ? "code that was texted" : event.challenge.toUpperCase()}`,
          account,
        );
      case "failed":
        return this.tell(at, "failed", `${event.code}: ${event.message}`, account);
      case "warning":
        return this.tell(at, "warning", event.message, account);
      case "unlocked":
        return this.tell(at, "unlocked", "unlocked by a person: the next login may be tried", account);
    }
  }

  /** The session is older than what was heard of it: it was found in the store. */
  setIssued(account: string, generation: number, issuedAt: number): void {
    const from = Math.max(issuedAt, this.#endBefore(account, generation));
    this.spans = this.spans.map((span) =>
      span.account === account && span.generation === generation && from < span.from ? { ...span, from } : span,
    );
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
    const outcome: OutcomeView = {
      at,
      ...(status === null ? {} : { status }),
      ...(error === undefined ? {} : { code: error.code, message: error.message }),
    };
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
    const { at, account, generation, expiresAt, obtainedBy } = event;
    const known = this.spans.find((span) => span.account === account && span.generation === generation);
    if (known === undefined) {
      this.spans = this.spans.map((span) =>
        span.account === account && span.endedAt === undefined
          ? { ...span, endedAt: Math.min(at, span.expiresAt) }
          : span,
      );
      this.spans = [
        ...this.spans,
        {
          account,
          generation,
          number: this.sessionNumber(account, generation),
          from: Math.max(at, this.#endBefore(account, generation)),
          expiresAt,
          by: obtainedBy,
          who,
          sharedWith: [who],
        },
      ].slice(-happeningsKept);
    } else if (obtainedBy === "store") {
      const sharedWith = known.sharedWith.includes(who) ? known.sharedWith : [...known.sharedWith, who];
      this.#replaceSpan(known, { ...known, sharedWith });
    } else {
      // The process that minted it is heard after one that adopted it: they have no common queue.
      this.#replaceSpan(known, {
        ...known,
        by: obtainedBy,
        who,
        from: Math.max(Math.min(at, known.from), this.#endBefore(account, generation)),
        sharedWith: [who, ...known.sharedWith.filter((one) => one !== who)],
      });
    }
    if (obtainedBy !== "store") {
      const how = obtainedBy === "login" ? "logged in" : "renewed with the MPIN";
      return this.tell(
        at,
        "session",
        `session ${this.sessionNumber(account, generation)}: ${who} ${how}, good until ${formatIndiaTime(expiresAt).slice(11, 16)}`,
        account,
      );
    }
    const found = this.happenings.findLast((one) => one.account === account && one.kind === "adopted");
    const sharing = this.spans.find((span) => span.account === account && span.generation === generation)
      ?.sharedWith ?? [who];
    const takers = known === undefined || known.by === "store" ? sharing : sharing.slice(1);
    const number = this.sessionNumber(account, generation);
    const text = `session ${number} taken over from the store by ${takers.join(", ")}`;
    if (found?.text.startsWith(`session ${number} taken`) === true && text.startsWith(found.text))
      this.#replace(found, { ...found, text });
    else if (found?.text !== text) this.#add({ at, kind: "adopted", text, account });
    this.changed();
  }

  /** A session's number for people: the first one of the account that was heard of is 1. */
  sessionNumber(account: string, generation: number): number {
    const known = this.#generations.get(account) ?? [];
    const all = known.includes(generation) ? known : [...known, generation];
    this.#generations.set(account, all);
    return all.indexOf(generation) + 1;
  }

  // A session begins where the one before it ended, although the broker's clock and a desk's that is fast write down different times.
  #endBefore(account: string, generation: number): number {
    const before = this.spans.filter((span) => span.account === account && span.generation < generation);
    return Math.max(0, ...before.map(({ endedAt, expiresAt }) => endedAt ?? expiresAt));
  }

  #end(account: string, generation: number, at: number): void {
    const found = this.spans.find(
      (span) => span.account === account && span.generation === generation && span.endedAt === undefined,
    );
    if (found !== undefined) this.#replaceSpan(found, { ...found, endedAt: Math.min(at, found.expiresAt) });
  }

  #replaceSpan(old: SessionSpan, next: SessionSpan): void {
    this.spans = this.spans.map((span) => (span === old ? next : span));
  }

  #add(happening: Omit<Happening, "id" | "times">): void {
    this.#lastId += 1;
    this.happenings = [...this.happenings, { ...happening, id: this.#lastId, times: 1 }].slice(-happeningsKept);
  }

  #replace(old: Happening, next: Happening): void {
    this.happenings = this.happenings.map((one) => (one === old ? next : one));
  }

  /** Tells everybody who listens. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
