import type { TokenStore } from "../../contract/token-store.ts";

/** The two words of a test runner that the kits need; `vitest`, `node:test` and others have them. */
export interface TestRunner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => Promise<void>): void;
}

/** A place for records that belongs to one test. */
export interface StoreTestEnvironment {
  /** A further store on the same place, as another program would open it. Each has to be closed. */
  open(): TokenStore;
  /** Starts a process that opens a store on the same place. Needed where the differences say `processes`. */
  readonly spawn?: () => Promise<StoreProcess>;
  /** The server that keeps the records. Needed where a rule needs a server. */
  readonly server?: StoreServer;
  /** Lets so many milliseconds pass. Default: it waits. A store whose clock is injected need not. */
  readonly wait?: (ms: number) => Promise<void>;
  /** Ends the test's place. Stores that `open` gave are closed by the kit. */
  cleanup?(): void | Promise<void>;
}

/** Another process with a store of its own. */
export interface StoreProcess {
  /** Its store. `lost` of its locks is up to date after any call of it has ended. */
  readonly store: TokenStore;
  /** Ends it at once, as SIGKILL does. */
  kill(): Promise<void>;
  /** Holds it still, as SIGSTOP does. */
  pause(): void;
  resume(): void;
}

/** A server that a test may end: no other test is on it. */
export interface StoreServer {
  /** Ends it at once, without a word to its clients. */
  stop(): Promise<void>;
  /** Starts it again at the same address, with what it had kept. */
  start(): Promise<void>;
  /** Holds it still: connections stay, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Takes everything away that it keeps, as a restart without persistence does. */
  empty(): Promise<void>;
}

/** What a rule needs of its test. */
export interface TestEnvironmentNeeds {
  /** It ends the server, or empties it: no other test may be on that one. */
  readonly server: boolean;
}

export type OpenStoreTestEnvironment = (
  needs: TestEnvironmentNeeds,
) => StoreTestEnvironment | Promise<StoreTestEnvironment>;

export interface StoreDifferences {
  /** What one instance writes is not seen by the next one: the store lives in memory. Default false. */
  readonly instancesAreSeparate?: boolean;
  /** Further processes can be started, and the rules about them are run. Every store that outlives its process has this. Default false. */
  readonly processes?: boolean;
  /** There is a server, and the rules about it are run. Default false. */
  readonly server?: boolean;
  /** Its locks are leases of so many milliseconds. Default: they are freed by their holder's end, and by nothing else. */
  readonly leaseMs?: number;
  /** How long a call may take when the server does not answer, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** What the rules are written with. */
export interface RuleContext {
  /** A further store on the test's place. */
  readonly open: () => TokenStore;
  /** A further process on it. */
  readonly spawn: () => Promise<StoreProcess>;
  readonly server: StoreServer;
  readonly wait: (ms: number) => Promise<void>;
}

export type Rule = (title: string, body: (test: RuleContext) => Promise<void>) => void;
