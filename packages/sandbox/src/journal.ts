import type { Json } from "./json.ts";

/**
 * One thing that arrived. It holds headers and body exactly as they came, secrets included: this is the broker's side of the wire,
 * where every value is invented, and a proof has to see what really left the client.
 */
export interface JournalEntry {
  /** Rises by one with every arrival and is never used again, not even after `clear`. */
  readonly sequence: number;
  /** When it arrived, by the broker's clock, epoch milliseconds. */
  readonly at: number;
  readonly broker: string;
  /** Which listener of the broker: "api", "login", "trading", "market-socket", "elsewhere". */
  readonly listener: string;
  /** The HTTP method; "FRAME" for a text that arrived on a WebSocket; empty if the request could not be parsed. */
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else the text; undefined if there was none. */
  readonly body: Json | undefined;
  /** The account's name in the sandbox, if the request could be traced to one. */
  readonly account: string | undefined;
  /** The step of the protocol, such as "totp-login"; undefined for a path the broker does not have. */
  readonly step: string | undefined;
  /** "pending" until answered, then "accepted", "refused: wrong-pin", "fault: hang", "cut: …" or "unparsable: …". */
  readonly outcome: string;
  /** The HTTP status that was sent; undefined if none was. */
  readonly status: number | undefined;
  /** Harmless deviations and the like, such as "x-device-id on sendphoneotp". */
  readonly notes: readonly string[];
}

/** What is known of a request the moment it arrives. */
export type JournalArrival = Pick<
  JournalEntry,
  "at" | "broker" | "listener" | "method" | "path" | "query" | "headers" | "body"
>;

/** What handling the request finds out. */
export interface JournalFacts {
  readonly account?: string | undefined;
  readonly step?: string | undefined;
  readonly outcome?: string | undefined;
  readonly status?: number | undefined;
  readonly body?: Json | undefined;
}

/** The entry of a request that is being handled. */
export interface OpenJournalEntry {
  readonly sequence: number;
  /** Fills in what was found out; a field that is not given keeps its value. */
  tell(facts: JournalFacts): void;
  note(text: string): void;
  readonly current: JournalEntry;
}

/** All given fields must match. */
export interface JournalFilter {
  readonly broker?: string | undefined;
  readonly listener?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly account?: string | undefined;
  readonly step?: string | readonly string[] | undefined;
  /** The whole outcome, or its first word: "refused" also finds "refused: wrong-pin". */
  readonly outcome?: string | undefined;
  readonly status?: number | undefined;
  /** Entries that carry this very note. */
  readonly note?: string | undefined;
  /** Only entries with a higher sequence number, see `mark`. */
  readonly after?: number | undefined;
}

/** Everything that arrived at the sandbox, in order, also what could not be parsed and what was cut off. */
export interface Journal {
  open(arrival: JournalArrival): OpenJournalEntry;
  /** Copies; they do not change when the request is answered. */
  entries(filter?: JournalFilter): JournalEntry[];
  count(filter?: JournalFilter): number;
  /** The sequence number of the last arrival: pass it as `after` to count from here on. */
  mark(): number;
  /** Resolves as soon as so many entries match (default 1), which may be at once; so a test waits without polling. */
  until(filter: JournalFilter, count?: number): Promise<JournalEntry[]>;
  /** Forgets what arrived so far. */
  clear(): void;
}

interface Watch {
  readonly filter: JournalFilter;
  readonly count: number;
  resolve(entries: JournalEntry[]): void;
}

export interface JournalOptions {
  /** Only so many of the latest entries are kept, e.g. in a run of hours. Default: all. */
  readonly keep?: number | undefined;
}

export function createJournal(options: JournalOptions = {}): Journal {
  const keep = options.keep ?? Number.POSITIVE_INFINITY;
  let kept: JournalEntry[] = [];
  let last = 0;
  const watches = new Set<Watch>();

  const journal: Journal = {
    open(arrival) {
      last += 1;
      const sequence = last;
      let current: JournalEntry = {
        sequence,
        ...arrival,
        account: undefined,
        step: undefined,
        outcome: "pending",
        status: undefined,
        notes: [],
      };
      // The place in the list is fixed by the arrival; what is found out later replaces the entry there.
      const replace = (next: JournalEntry): void => {
        const first = kept[0]?.sequence ?? sequence + 1;
        current = next;
        if (sequence >= first) kept[sequence - first] = next;
        settleWatches();
      };
      kept.push(current);
      if (kept.length > keep) kept.splice(0, kept.length - keep);
      settleWatches();
      return {
        sequence,
        tell(facts) {
          replace({
            ...current,
            account: facts.account ?? current.account,
            step: facts.step ?? current.step,
            outcome: facts.outcome ?? current.outcome,
            status: facts.status ?? current.status,
            body: facts.body ?? current.body,
          });
        },
        note: (text) => replace({ ...current, notes: [...current.notes, text] }),
        get current() {
          return current;
        },
      };
    },
    entries: (filter = {}) => kept.filter((entry) => matches(entry, filter)),
    count: (filter = {}) => kept.reduce((sum, entry) => sum + (matches(entry, filter) ? 1 : 0), 0),
    mark: () => last,
    until(filter, count = 1) {
      return new Promise((resolve) => {
        watches.add({ filter, count, resolve });
        settleWatches();
      });
    },
    clear() {
      kept = [];
    },
  };

  function settleWatches(): void {
    for (const watch of watches) {
      const found = journal.entries(watch.filter);
      if (found.length < watch.count) continue;
      watches.delete(watch);
      watch.resolve(found);
    }
  }

  return journal;
}

function matches(entry: JournalEntry, filter: JournalFilter): boolean {
  return (
    (filter.after === undefined || entry.sequence > filter.after) &&
    (filter.broker === undefined || entry.broker === filter.broker) &&
    (filter.listener === undefined || entry.listener === filter.listener) &&
    (filter.method === undefined || entry.method === filter.method) &&
    (filter.path === undefined || entry.path === filter.path) &&
    (filter.account === undefined || entry.account === filter.account) &&
    (filter.step === undefined || (entry.step !== undefined && [filter.step].flat().includes(entry.step))) &&
    (filter.outcome === undefined ||
      entry.outcome === filter.outcome ||
      entry.outcome.startsWith(`${filter.outcome}:`)) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.note === undefined || entry.notes.includes(filter.note))
  );
}
