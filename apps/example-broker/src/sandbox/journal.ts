/** One request as it arrived, secrets included: this is the broker's side of the wire, where every value is invented. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly form: Readonly<Record<string, string>>;
  /** `accepted`, or `refused: ` and the rule that was broken. */
  readonly outcome: string;
  readonly status: number;
}

export interface Journal {
  write(arrival: Arrival): void;
  /** Requests by programs, such as `POST /session/token accepted`. */
  lines(): readonly string[];
  /** Requests by programs, in order; those of the browser at the login page are not among them. */
  readonly arrivals: readonly Arrival[];
}

export function createJournal(isPage: (path: string) => boolean): Journal {
  const arrivals: Arrival[] = [];
  return {
    arrivals,
    lines: () => arrivals.map(({ method, path, outcome }) => `${method} ${path} ${outcome}`),
    write(arrival) {
      if (!isPage(arrival.path)) arrivals.push(arrival);
    },
  };
}
